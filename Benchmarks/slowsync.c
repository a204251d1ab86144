/* Simulates a disk with a slow sync: preloaded into the service by the bench (T4) and by LoadTests.

   Adds 2 ms per sync; or the number of milliseconds in the file named by SLOWSYNC_FILE, which is read each time: 0 while there is no
   such file. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static long milliseconds(void) {
    const char *path = getenv("SLOWSYNC_FILE");
    if (path == NULL) return 2;
    FILE *file = fopen(path, "re");
    if (file == NULL) return 0;
    long number = 0;
    if (fscanf(file, "%ld", &number) != 1) number = 0;
    fclose(file);
    return number;
}

static void wait_for_the_platter(void) {
    long number = milliseconds();
    struct timespec left = {.tv_sec = number / 1000, .tv_nsec = number % 1000 * 1000 * 1000};
    while (nanosleep(&left, &left) != 0) {}
}

int fdatasync(int descriptor) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    wait_for_the_platter();
    return real(descriptor);
}

int fsync(int descriptor) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    wait_for_the_platter();
    return real(descriptor);
}
