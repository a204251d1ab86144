/* What a thread costs that does nothing but wake up each second: prints nanoseconds on a core for each time, over as many seconds as the
   first argument says. The bench takes it from an idle tick (T9), for that much is the machine's. */
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
    spent();
    long first = spent();
    // The second look costs as much as the third: the difference of the first two is what looking costs.
    long looking = spent() - first;
    first = spent();
    for (int second = 0; second < seconds; second++) poll(NULL, 0, 1000);
    printf("%ld\n", (spent() - first - looking) / (seconds > 0 ? seconds : 1));
    return 0;
}
