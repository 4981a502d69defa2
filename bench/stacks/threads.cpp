// A program of several threads that read and sleep at many depths, also while an exception is on its way: in destructors that
// run during unwinding, in handlers of what was caught, and in a signal handler.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <stdexcept>
#include <string>
#include <sys/time.h>
#include <thread>
#include <time.h>
#include <unistd.h>
#include <vector>

static __attribute__((noinline)) void touch()
{
    char bytes[64];
    int file = open("/proc/self/comm", O_RDONLY | O_CLOEXEC);
    if (file < 0 || read(file, bytes, sizeof bytes) <= 0)
        abort();
    close(file);
    timespec little = { 0, 1000 };
    nanosleep(&little, nullptr);
}

struct TouchesAtTheEnd
{
    ~TouchesAtTheEnd() { touch(); }
};

static __attribute__((noinline)) int descend(int depth, bool fails)
{
    TouchesAtTheEnd guard;
    if (depth == 0) {
        touch();
        if (fails)
            throw std::runtime_error("the bottom was reached, as it had to be");
        return 1;
    }
    return descend(depth - 1, fails) + 1;
}

static __attribute__((noinline)) int attempt(int depth)
{
    try {
        return descend(depth, true);
    } catch (const std::runtime_error &error) {
        touch();
        return (int)std::string(error.what()).size();
    }
}

static void on_alarm(int) { touch(); }

int main(int, char **arguments)
{
    int rounds = atoi(arguments[1]);
    struct sigaction action = {};
    action.sa_handler = on_alarm;
    action.sa_flags = SA_RESTART;
    sigaction(SIGALRM, &action, nullptr);
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; i++)
        threads.emplace_back([=] {
            for (int round = 0; round < rounds; round++)
                if (attempt(1 + (round + i) % 20) == 0 || descend(round % 30, false) == 0)
                    abort();
        });
    for (int round = 0; round < rounds; round++)
        raise(SIGALRM);
    for (std::thread &thread : threads)
        thread.join();
    return 0;
}
