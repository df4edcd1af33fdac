// Steps of all endpoints of a run as one figure: they are at work side by side.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>

namespace agent {

class CountedSteps {
 public:
  using Tell = std::function<void(const std::string& what, std::size_t done, std::size_t total)>;

  /// `done` of `total` steps of the jobs that the endpoint has now. What it had before counts on.
  void tell(const Tell& progress, const std::string& endpoint, std::size_t done,
            std::size_t total) {
    Count& own = by_endpoint_[endpoint];
    if (done < own.done) own.before += own.done;  // those are over, and others follow
    own.done = done;
    own.total = total;
    std::size_t all_done = 0, all = 0;
    for (const auto& [name, count] : by_endpoint_) {
      all_done += count.before + count.done;
      all += count.before + count.total;
    }
    progress(by_endpoint_.size() == 1 ? endpoint + ": steps" : "steps", all_done, all);
  }

 private:
  struct Count {
    std::size_t before = 0, done = 0, total = 0;
  };
  std::map<std::string, Count> by_endpoint_;
};

}  // namespace agent
