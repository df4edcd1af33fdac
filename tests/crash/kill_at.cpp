// Preloaded into deltakeep by the crash tests: kills it at the n-th time that it writes or syncs
// its state, deeper than any failpoint reaches. DELTAKEEP_KILL_AT is "sync:N" or "write:N";
// DELTAKEEP_COUNT_TO names a file that gets the counts of a process that ends by itself.
#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

std::atomic<long> syncs{0};
std::atomic<long> writes{0};

/// Of the state, not of a socket, a terminal or anything else.
bool is_of_state(int fd) {
  char link[32];
  char path[512];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t size = readlink(link, path, sizeof path - 1);
  if (size <= 0) return false;
  path[size] = '\0';
  return std::strstr(path, "state.db") != nullptr;
}

void pass(int fd, const char* what, std::atomic<long>& count) {
  if (!is_of_state(fd)) return;
  const long passed = ++count;
  const char* const at = std::getenv("DELTAKEEP_KILL_AT");
  const std::size_t length = std::strlen(what);
  if (at == nullptr || std::strncmp(at, what, length) != 0 || at[length] != ':') return;
  if (std::strtol(at + length + 1, nullptr, 10) == passed) std::raise(SIGKILL);
}

template <typename Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

struct TellCounts {
  ~TellCounts() {
    const char* const to = std::getenv("DELTAKEEP_COUNT_TO");
    std::FILE* const file = to == nullptr ? nullptr : std::fopen(to, "w");
    if (file == nullptr) return;
    std::fprintf(file, "%ld %ld\n", syncs.load(), writes.load());
    std::fclose(file);
  }
} tell_counts;

}  // namespace

extern "C" {

int fsync(int fd) {
  static auto* const real = next<int(int)>("fsync");
  pass(fd, "sync", syncs);
  return real(fd);
}

int fdatasync(int fd) {
  static auto* const real = next<int(int)>("fdatasync");
  pass(fd, "sync", syncs);
  return real(fd);
}

ssize_t pwrite64(int fd, const void* data, std::size_t size, off64_t offset) {
  static auto* const real = next<ssize_t(int, const void*, std::size_t, off64_t)>("pwrite64");
  pass(fd, "write", writes);
  return real(fd, data, size, offset);
}

}  // extern "C"
