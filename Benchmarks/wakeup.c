/* Measures the cost of a thread that only wakes up each second: prints nanoseconds of CPU time per wake-up, over as many seconds as the
   first argument says. The bench subtracts it from an idle tick (T9), because that part is the machine's. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

static long spent(void) {
    long nanoseconds = 0;
    FILE *file = fopen("/proc/self/schedstat", "r");
    if (!file || fscanf(file, "%ld", &nanoseconds) != 1) exit(1);
    fclose(file);
    return nanoseconds;
}

int main(int count, char **arguments) {
    int seconds = count > 1 ? atoi(arguments[1]) : 1;
    /* The kernel updates the figure when the thread leaves its core, so it sleeps before each reading. */
    poll(NULL, 0, 50);
    spent();
    poll(NULL, 0, 50);
    long first = spent();
    for (int second = 0; second < seconds; second++) poll(NULL, 0, 1000);
    printf("%ld\n", (spent() - first) / (seconds > 0 ? seconds : 1));
    return 0;
}
