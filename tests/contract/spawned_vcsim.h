// Runs tests/vcsim, the vCenter that we did not write, for as long as the object lives.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

class SpawnedVcsim {
 public:
  /// Over plain HTTP. Throws std::runtime_error when it does not start.
  SpawnedVcsim(const std::string& binary, const std::vector<std::string>& flags);
  ~SpawnedVcsim();
  SpawnedVcsim(const SpawnedVcsim&) = delete;
  SpawnedVcsim& operator=(const SpawnedVcsim&) = delete;

  std::string base_url;  ///< without the path
  std::string username, password;

 private:
  pid_t process_ = -1;
  int stdin_ = -1;  ///< it ends when this is closed
};
