/* forks [--calls K] [--orphan] [--hold]
 * Three generations, each making exactly K read(2) calls of one byte on /dev/zero:
 *   parent      named `grandfather` by prctl, forks
 *   its child   reads as `father`, forks
 *   grandchild  reads as `before-exec`, executes this program again, reads as the file's own name (`forks`), and
 *               reads once more as `after-exec`: 3 K reads, one process, three comms
 * With --orphan the child leaves without waiting for the grandchild, which reads only once it has been given to a
 * reaper, so its ancestry is then the reaper's. Prints "PID COMM PPID" before each K reads. With --hold it
 * waits for a line on standard input first. Build: gcc -O0 -fno-omit-frame-pointer */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static long calls = 1000;
static int orphan;

static void die(const char *what) { perror(what); exit(1); }

__attribute__((noinline)) void read_zeros(void)
{
    char comm[16], byte;
    prctl(PR_GET_NAME, comm);
    printf("%ld %s %ld\n", (long)getpid(), comm, (long)getppid());
    fflush(stdout);
    int zero = open("/dev/zero", O_RDONLY);
    if (zero < 0) die("forks: /dev/zero");
    for (long i = 0; i < calls; i++)
        if (read(zero, &byte, 1) != 1) die("forks: read");
    close(zero);
}

__attribute__((noinline)) void grandchild(pid_t father, char *program)
{
    prctl(PR_SET_NAME, "before-exec");
    while (orphan && getppid() == father) usleep(1000);
    read_zeros();
    char count[24];
    snprintf(count, sizeof count, "%ld", calls);
    /* Not /proc/self/exe itself: comm would become `exe`. */
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length < 0) die("forks: /proc/self/exe");
    path[length] = 0;
    execl(path, program, "--calls", count, "--after-exec", (char *)NULL);
    die("forks: exec");
}

__attribute__((noinline)) void wait_for(pid_t child)
{
    int status;
    if (waitpid(child, &status, 0) < 0) die("forks: wait");
    if (status != 0) exit(1);
}

__attribute__((noinline)) void child(char *program)
{
    prctl(PR_SET_NAME, "father");
    pid_t self = getpid(), forked = fork();
    if (forked < 0) die("forks: fork");
    if (forked == 0) grandchild(self, program);
    read_zeros();
    if (!orphan) wait_for(forked);
    exit(0);
}

int main(int argc, char **argv)
{
    int after_exec = 0, hold = 0;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--calls") && i + 1 < argc) calls = atol(argv[++i]);
        else if (!strcmp(argv[i], "--orphan")) orphan = 1;
        else if (!strcmp(argv[i], "--hold")) hold = 1;
        else if (!strcmp(argv[i], "--after-exec")) after_exec = 1;
        else { fprintf(stderr, "usage: forks [--calls K] [--orphan] [--hold]\n"); return 2; }
    }
    if (after_exec) {
        read_zeros();
        prctl(PR_SET_NAME, "after-exec");
        read_zeros();
        return 0;
    }
    prctl(PR_SET_NAME, "grandfather");
    if (hold) {
        printf("ready %ld\n", (long)getpid());
        fflush(stdout);
        for (int byte = getchar(); byte != EOF && byte != '\n'; byte = getchar()) { }
    }
    pid_t forked = fork();
    if (forked < 0) die("forks: fork");
    if (forked == 0) child(argv[0]);
    read_zeros();
    /* The child is waited for in either case: only the grandchild is to lose its parent. */
    wait_for(forked);
    return 0;
}
