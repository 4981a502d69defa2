// What is hard to unwind, each for a while: run by StackUnwinderTests under perf.
#include <csignal>
#include <cstring>
#include <cstdlib>
#include <ctime>
#include <alloca.h>
#include <stdexcept>
#include <string>
#include <sys/time.h>
#include <thread>
#include <vector>

static volatile unsigned sink;

static double now()
{
    timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static __attribute__((noinline)) void burn(int n)
{
    for (int i = 0; i < n; i++)
        sink = sink * 31 + i;
}

static void handler(int) { burn(20000); }

// The compiler finds the caller's frame through a saved pointer: a CFA that is an expression.
static __attribute__((noinline)) unsigned realigned(int n)
{
    alignas(64) volatile char aligned[128];
    char *more = (char *)alloca(n + 16);
    memset(more, n, n + 16);
    aligned[n & 127] = more[n & 7];
    burn(500);
    return aligned[n & 127];
}

static __attribute__((noinline)) int deep(int n)
{
    if (n == 0)
        return realigned(sink & 63);
    return deep(n - 1) * 3 + n;
}

static __attribute__((noinline)) void thrower(int n)
{
    if (n > 0)
        thrower(n - 1);
    else
        throw std::runtime_error(std::string(100, 'x'));
    burn(1);
}

static int compare(const void *a, const void *b)
{
    burn(20);
    return *(const int *)a - *(const int *)b;
}

static void work(double seconds)
{
    double end = now() + seconds;
    while (now() < end) {
        sink = sink + deep(10);
        try {
            thrower(8);
        } catch (const std::exception &e) {
            sink = sink + strlen(e.what());
        }
        std::vector<int> numbers(300);
        for (auto &x : numbers)
            x = sink * 1103515245 + 12345 + x;
        qsort(numbers.data(), numbers.size(), sizeof(int), compare);
    }
}

int main()
{
    struct sigaction action = {};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigaction(SIGPROF, &action, nullptr);
    itimerval timer = {{0, 1000}, {0, 1000}};
    setitimer(ITIMER_PROF, &timer, nullptr);
    std::thread other(work, 0.2);
    work(0.2);
    other.join();
    return 0;
}
