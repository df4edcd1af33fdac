// One connection as the executor uses it, in the domain's words: look at a VM, send an operation's
// call, wait for tasks.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/act/connection.h"
#include "agent/act/execute/task_board.h"
#include "agent/clock.h"
#include "policy/guard.h"
#include "policy/operation.h"
#include "policy/settle.h"
#include "storage/store.h"
#include "vsphere-client/clones.h"
#include "vsphere-client/tasks.h"

namespace agent {

/// One look at a VM. Owners and pins are not set.
struct VmLook {
  policy::Time at{};  ///< server time, right before it was asked for
  std::optional<policy::Vm> vm;
  bool gone = false;  ///< the server says that there is no such VM
  std::string change_version;
  std::string folder;                     ///< moid, "" in a vApp
  bool windows = false;                   ///< its guest; false also where that is not told
  std::optional<policy::HostState> host;  ///< unset: not shown
  std::vector<policy::Datastore> datastores;
};

/// What a call takes beside what its operation tells.
struct CallChoice {
  bool windows = false;                            ///< of the guest, where it is known
  bool suppress_power_on = false;                  ///< Revert
  bool new_name = false, new_description = false;  ///< Rename: which of them is sent
  std::optional<vsphere::CloneSource> source;      ///< Clone
  std::vector<int> leave_out;                      ///< Clone: device keys of disks
};

/// Every method throws vsphere::Error. All of it belongs to one thread.
class LiveEndpoint {
 public:
  LiveEndpoint(Connection& connection, const storage::Store& store, const Clock& clock);

  const policy::Endpoint& endpoint() const { return connection_.endpoint; }
  const std::string& user() const { return connection_.session->user(); }
  /// Server time: ours, corrected by what the server's clock said within the last minute of looks.
  policy::Time now();

  /// One round trip; two when the VM is not where it was last seen. Tags, path and policies are
  /// those of the stored state. Tasks that the look names and the board lacks are read as well.
  VmLook look(const std::string& vm);
  /// Where a VM will be that the stored state has not seen yet: spares the second round trip.
  void expect(const std::string& vm, const policy::VmPlace& place);
  /// What was known of where VMs are is read from the state anew.
  void forget_places() { known_.clear(); }
  /// Sizes and layers are read anew by the server; asked for at most once in half a minute and VM.
  /// False: too early.
  bool refresh_storage(const std::string& vm);

  /// The one call of the operation's kind; the task's moid, "" for a rename. Sent once. See
  /// vsphere-client/snapshots.h for what its errors tell.
  std::string send(const policy::Operation& operation, const CallChoice& choice);
  std::string consolidate(const std::string& vm);
  std::optional<vsphere::CloneSource> clone_source(const std::string& vm);
  std::optional<vsphere::VmIdentity> identity(const std::string& vm);
  /// VMs of that (decoded) name in the folder, by moid.
  std::vector<std::string> named(const std::string& folder, const std::string& name);

  /// Waits for tasks to change, at most so long; zero: takes what is there.
  void wait(std::chrono::seconds longest);
  const TaskBoard& board() const { return board_; }
  /// From the board, or else asked for. Nothing: the server does not know it any more.
  std::optional<policy::TaskSeen> task(const std::string& moid);
  /// Of anybody on the VM, queued since. Nothing where the server keeps no history, or shows too
  /// much of it.
  std::optional<std::vector<policy::TaskSeen>> history(const std::string& vm, policy::Time since);

 private:
  /// What a look does not show.
  struct Known {
    policy::VmPlace place;
    std::vector<std::string> policies;
  };
  const Known& known(const std::string& vm);
  VmLook look_at(const std::string& vm, const policy::VmPlace& place);
  void read_missing(const std::vector<vsphere::MoRef>& tasks);
  void measure_clock();

  Connection& connection_;
  const storage::Store& store_;
  const Clock& clock_;
  TaskBoard board_;
  std::unique_ptr<vsphere::TaskStream> stream_;  ///< from the first wait on
  std::map<std::string, Known> known_;           ///< by VM
  std::map<std::string, policy::Time> refreshed_;
  std::chrono::microseconds offset_{0};  ///< the server's clock less ours
  std::optional<policy::Time> measured_;
};

}  // namespace agent
