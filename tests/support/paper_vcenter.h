// A vCenter on paper: a Transport that answers SOAP from a list of objects, in pages, and does
// wrong on demand. For tests of what the agent concludes; the wire itself is tested against real
// sockets.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "vsphere-client/transport.h"

namespace testing_support {

struct PaperObject {
  std::string type, moid;
  std::map<std::string, std::string>
      properties;  ///< path to the inside of <val>, type attribute included
  std::map<std::string, std::string> refused;  ///< path to fault type
};

class PaperVcenter final : public vsphere::Transport {
 public:
  std::vector<PaperObject> objects;
  std::size_t page_size = 2;
  std::string password = "secret";
  /// Called before each SOAP answer with method and how often it was called; what it returns is
  /// sent instead (status 500 when it starts with "!"), "" for the normal answer. It may throw
  /// vsphere::Error.
  std::function<std::string(const std::string& method, int nth)> interfere;
  std::vector<std::string> calls;  ///< SOAP methods in order

  vsphere::Reply send(const vsphere::Request& request, const vsphere::BodySink& sink) override;
  void forget_session() override { logged_in_ = false; }

  int count(const std::string& method) const;
  int open_views() const { return static_cast<int>(views_.size()); }
  bool logged_in() const { return logged_in_; }

 private:
  std::string answer(const std::string& method, const std::string& body);
  std::string retrieve(const std::string& body);
  std::string page(std::size_t start, const std::vector<std::string>& bodies);
  std::string object_content(const PaperObject& object,
                             const std::vector<std::string>& paths) const;

  bool logged_in_ = false;
  std::map<std::string, std::string> views_;
  std::map<std::string, std::vector<std::string>> pending_;  ///< token to remaining object bodies
  int serial_ = 0;
};

/// A VM with name, uuid and a linear tree of `snapshots` snapshots over one disk with as many
/// deltas.
PaperObject paper_vm(const std::string& moid, const std::string& name, int snapshots);

}  // namespace testing_support
