// workload HITS server|loop
// Two processes, one for each of two CPUs where there are two, make HITS system calls together as fast as they can, as a
// server does: requests of 100 kinds, few of them common and most rare, in an order that nobody can foresee; each kind makes
// its own 4 to 35 calls from some 1,500 call paths in all. The calls and their stacks are the same in every run, so that two
// recorders can be compared over two runs. With "loop" they only read and write a byte at a time, as dd does, with three user
// frames. Compiled with frame pointers: both recorders see whole user stacks.
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOT_MERGED __attribute__((noinline, noclone))

static volatile unsigned work;
static int zero, null;

// What is called last: a few kinds of calls that return at once.
static NOT_MERGED void call(unsigned path)
{
    char byte;
    switch (path & 3) {
    case 0: work += (unsigned)read(zero, &byte, 1); break;
    case 1: work += (unsigned)write(null, "x", 1); break;
    case 2: work += (unsigned)getppid(); break;
    default: work += (unsigned)lseek(zero, 0, SEEK_CUR); break;
    }
}

// Levels of four functions each: which of them comes next are two bits of the path.
#define FUNCTION(name, next) static NOT_MERGED void name(unsigned path) { next(path >> 2); work++; }
#define LEVEL(name, next) \
    FUNCTION(name##_read, next) FUNCTION(name##_parse, next) FUNCTION(name##_find, next) FUNCTION(name##_send, next) \
    static NOT_MERGED void name(unsigned path) \
    { \
        switch (path & 3) { \
        case 0: name##_read(path); break; \
        case 1: name##_parse(path); break; \
        case 2: name##_find(path); break; \
        default: name##_send(path); break; \
        } \
        work++; \
    }

LEVEL(disk, call)
LEVEL(cache, disk)
LEVEL(query, cache)
LEVEL(session, query)
LEVEL(request, session)

static unsigned next(unsigned *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

// Each choice of four is half as common as the one before it.
static unsigned choose(unsigned *state)
{
    unsigned pick = next(state) >> 21;
    return pick < 4 ? 0 : pick < 6 ? 1 : pick < 7 ? 2 : 3;
}

static NOT_MERGED void serve(unsigned long calls, unsigned seed)
{
    unsigned state = seed;
    while (calls > 0) {
        // Kind number k is 1/k as common as the first, about.
        unsigned kind = next(&state) % 100;
        kind = kind * (next(&state) % 100) / 100;
        unsigned steps = kind * 2654435761u;
        for (unsigned left = 4 + kind % 32; left > 0 && calls > 0; left--, calls--) {
            unsigned path = 0;
            for (int level = 0; level < 6; level++)
                path = path << 2 | choose(&steps);
            request(path);
        }
    }
}

static NOT_MERGED void copy(unsigned long calls, unsigned seed)
{
    (void)seed;
    for (; calls > 1; calls -= 2) {
        call(0);
        call(1);
    }

    if (calls > 0)
        call(0);
}

// What called main has frames that two recorders may well name differently (they are not those of functions that were
// called): the chain of frame pointers ends here.
static NOT_MERGED void start(void (*what)(unsigned long, unsigned), unsigned long calls, unsigned seed)
{
    void **frame = __builtin_frame_address(0);
    void *saved = *frame;
    *(void *volatile *)frame = NULL;
    what(calls, seed);
    *(void *volatile *)frame = saved;
}

static void stay_on(int nth)
{
    cpu_set_t all, one;
    if (sched_getaffinity(0, sizeof all, &all) != 0 || CPU_COUNT(&all) < 2)
        return;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, &all) && nth-- == 0) {
            CPU_ZERO(&one);
            CPU_SET(cpu, &one);
            sched_setaffinity(0, sizeof one, &one);
            return;
        }
    }
}

int main(int argc, char **argv)
{
    unsigned long hits = argc == 3 ? strtoul(argv[1], NULL, 10) : 0;
    int is_loop = argc == 3 && strcmp(argv[2], "loop") == 0;
    if (hits == 0 || (!is_loop && strcmp(argv[2], "server") != 0) || (zero = open("/dev/zero", 0)) < 0 || (null = open("/dev/null", 1)) < 0) {
        fprintf(stderr, "usage: workload HITS server|loop\n");
        return 2;
    }

    pid_t child = fork();
    stay_on(child == 0);
    start(is_loop ? copy : serve, child == 0 ? hits / 2 : hits - hits / 2, child == 0 ? 1 : 2);
    if (child == 0)
        _exit(0);
    int status;
    return waitpid(child, &status, 0) == child && status == 0 ? 0 : 1;
}
