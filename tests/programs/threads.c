/* threads [--calls N] [--hold] [--pin]
 * A process whose main thread is `leader`, with five threads `worker-0` .. `worker-4`, each of which makes exactly
 * N read(2) calls of one byte on /dev/zero below outer() -> middle() -> inner(). The leader reads nothing meanwhile.
 * Prints "pid PID" and a line "tid TID worker-I" each. With --hold the threads start when a line comes on standard
 * input or SIGUSR1 arrives, so that a recorder can be armed for what was printed. With --pin each thread stays on
 * CPU I % CPUS, for tests that tell CPUs apart. Build: gcc -O0 -fno-omit-frame-pointer -pthread */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { WORKERS = 5 };

static long calls = 1000;
static int pin;
static int zero;
static pthread_barrier_t named, start;
static volatile sig_atomic_t signalled;

static void on_signal(int number) { (void)number; signalled = 1; }

/* The call is made here and not in libc, whose read() keeps no frame pointer: inner stays on the user stack. */
static long read_byte(int fd, char *byte)
{
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(SYS_read), "D"((long)fd), "S"(byte), "d"(1L)
                     : "rcx", "r11", "memory");
    return result;
}

__attribute__((noinline)) void inner(void)
{
    char byte;
    if (read_byte(zero, &byte) != 1) abort();
}

__attribute__((noinline)) void middle(void) { inner(); }

__attribute__((noinline)) void outer(void)
{
    for (long i = 0; i < calls; i++) middle();
}

static void *work(void *argument)
{
    int index = (int)(long)argument;
    char name[16];
    snprintf(name, sizeof name, "worker-%d", index);
    prctl(PR_SET_NAME, name);
    if (pin) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET(index % (int)sysconf(_SC_NPROCESSORS_ONLN), &set);
        if (sched_setaffinity(0, sizeof set, &set) != 0) abort();
    }
    flockfile(stdout);
    printf("tid %ld %s\n", (long)syscall(SYS_gettid), name);
    funlockfile(stdout);
    pthread_barrier_wait(&named);
    pthread_barrier_wait(&start);
    outer();
    return NULL;
}

static void hold(void)
{
    char byte;
    ssize_t got;
    /* Without SA_RESTART the signal ends the read. */
    while (!signalled) {
        got = read(STDIN_FILENO, &byte, 1);
        if (got == 0 || (got == 1 && byte == '\n')) break;
        if (got < 0 && errno != EINTR) { perror("threads: standard input"); exit(1); }
    }
}

int main(int argc, char **argv)
{
    int holding = 0;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--calls") && i + 1 < argc) calls = atol(argv[++i]);
        else if (!strcmp(argv[i], "--hold")) holding = 1;
        else if (!strcmp(argv[i], "--pin")) pin = 1;
        else { fprintf(stderr, "usage: threads [--calls N] [--hold] [--pin]\n"); return 2; }
    }
    struct sigaction action = { .sa_handler = on_signal };
    sigaction(SIGUSR1, &action, NULL);
    zero = open("/dev/zero", O_RDONLY);
    if (zero < 0) { perror("threads: /dev/zero"); return 1; }

    prctl(PR_SET_NAME, "leader");
    printf("pid %ld\n", (long)getpid());
    pthread_barrier_init(&named, NULL, WORKERS + 1);
    pthread_barrier_init(&start, NULL, WORKERS + 1);
    pthread_t threads[WORKERS];
    for (long i = 0; i < WORKERS; i++)
        if (pthread_create(&threads[i], NULL, work, (void *)i) != 0) { perror("threads: pthread_create"); return 1; }
    pthread_barrier_wait(&named);
    puts("ready");
    fflush(stdout);
    if (holding) hold();
    pthread_barrier_wait(&start);
    for (int i = 0; i < WORKERS; i++) pthread_join(threads[i], NULL);
    return 0;
}
