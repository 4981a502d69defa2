// Counts words of files through a few layers of templates: something for a sample to show C++ names with.
// Build: g++ -O1 -fno-omit-frame-pointer -fno-optimize-sibling-calls -o words samples/words.cpp
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace words {

class File {
public:
    explicit File(const char *path) : fd_(open(path, O_RDONLY)) {}
    ~File() { if (fd_ >= 0) close(fd_); }

    template <typename Sink>
    [[gnu::noinline]] void each_block(Sink &sink) {
        std::vector<char> block(512);
        ssize_t got;
        while ((got = read(fd_, block.data(), block.size())) > 0)
            sink.take(block.data(), static_cast<std::size_t>(got));
    }

private:
    int fd_;
};

template <typename Key>
class Counter {
public:
    [[gnu::noinline]] void take(const char *text, std::size_t length) {
        for (std::size_t i = 0; i < length; i++) {
            if (text[i] > ' ')
                word_.push_back(text[i]);
            else if (!word_.empty()) {
                counts_[Key(word_)]++;
                word_.clear();
            }
        }
    }

    std::size_t distinct() const { return counts_.size(); }

private:
    std::string word_;
    std::map<Key, long> counts_;
};

template <typename Key>
[[gnu::noinline]] std::size_t count(const char *path) {
    File file(path);
    Counter<Key> counter;
    file.each_block(counter);
    return counter.distinct();
}

}  // namespace words

int main(int argc, char **argv) {
    std::vector<std::thread> threads;
    for (int i = 1; i < argc; i++)
        threads.emplace_back([path = argv[i]] { std::printf("%zu %s\n", words::count<std::string>(path), path); });
    for (auto &thread : threads)
        thread.join();
}
