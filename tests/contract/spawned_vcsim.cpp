#include "tests/contract/spawned_vcsim.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sstream>
#include <stdexcept>

extern char** environ;

namespace {

std::string first_line(int from) {
  std::string line;
  for (char c = 0; read(from, &c, 1) == 1 && c != '\n';) line += c;
  return line;
}

}  // namespace

SpawnedVcsim::SpawnedVcsim(const std::string& binary, const std::vector<std::string>& flags) {
  int in[2];
  int out[2];
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) {
    throw std::runtime_error("no pipe for vcsim");
  }
  std::vector<std::string> words = {binary, "--stdin-exit", "--http"};
  words.insert(words.end(), flags.begin(), flags.end());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  const int failed =
      posix_spawn(&process_, binary.c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(in[0]);
  close(out[1]);
  stdin_ = in[1];
  std::istringstream line(failed == 0 ? first_line(out[0]) : "");
  close(out[0]);
  for (std::string pair; line >> pair;) {
    const std::size_t equals = pair.find('=');
    const std::string value = pair.substr(equals + 1);
    if (pair.starts_with("url=")) base_url = value.substr(0, value.rfind('/'));
    if (pair.starts_with("username=")) username = value;
    if (pair.starts_with("password=")) password = value;
  }
  if (!base_url.empty()) return;
  close(stdin_);
  if (failed == 0) waitpid(process_, nullptr, 0);
  throw std::runtime_error("vcsim did not start: " + binary);
}

SpawnedVcsim::~SpawnedVcsim() {
  close(stdin_);
  waitpid(process_, nullptr, 0);
}
