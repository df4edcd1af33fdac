// Finds the objects that a clone's target names: people write names and paths, the server takes
// objects.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/act/execute/executor.h"
#include "vsphere-client/session.h"

namespace agent {

/// The endpoint's folders, hosts, pools and datastores, read once when somebody first asks.
class ClonePlaces {
 public:
  explicit ClonePlaces(vsphere::Session& session) : session_(session) {}

  struct Found {
    std::string folder, datastore, host, pool;  ///< moids, "" where the target names none
    std::vector<std::string> problems;          ///< names that name none or several, for a person
  };
  /// Throws vsphere::Error.
  Found find(const CloneTarget& target);

 private:
  struct Place {
    std::string type, name, parent;
  };
  void read();
  std::string path_of(const std::string& moid) const;
  std::string only(const std::string& type, const std::string& name, const char* what,
                   std::vector<std::string>& problems) const;
  std::string folder(const std::string& path, std::vector<std::string>& problems) const;

  vsphere::Session& session_;
  std::optional<std::map<std::string, Place>> places_;  ///< by moid
};

}  // namespace agent
