// A state with a journal and a key, and a VM with one snapshot that is ours: what tests of
// ownership change one thing of.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "agent/act/execute/marker_key.h"
#include "agent/act/execute/ownership.h"
#include "storage/holds.h"
#include "storage/journal.h"
#include "storage/store.h"

namespace agent::test {

class StateDirectory {
 public:
  StateDirectory() {
    // In memory where that is there: durable commits need no disk to be tested.
    const std::filesystem::path shm = "/dev/shm";
    const auto parent = std::filesystem::is_directory(shm) && access(shm.c_str(), W_OK) == 0
                            ? shm
                            : std::filesystem::temp_directory_path();
    std::string pattern = (parent / "deltakeep-own-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = pattern;
  }
  ~StateDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  StateDirectory(const StateDirectory&) = delete;
  StateDirectory& operator=(const StateDirectory&) = delete;
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

inline const policy::Time kNow =
    std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + std::chrono::hours(2);

class OwnedState : public testing::Test {
 protected:
  OwnedState()
      : store(storage::Store::open(directory.file("state.db"), storage::Access::ReadWrite)),
        journal(store),
        holds(journal),
        key(MarkerKey::load(directory.file("state.db"), MarkerKey::WhenMissing::Create)) {
    vm.identity = {.endpoint = "prod",
                   .moid = "vm-1",
                   .instance_uuid = "uuid-1",
                   .bios_uuid = "bios-1",
                   .name = "web-1",
                   .raw_name = "web-1"};
    policy::Snapshot& snapshot = vm.snapshots.emplace_back();
    snapshot.moid = "snapshot-9";
    snapshot.id = 4;
    snapshot.name = "daily-2026-11-21T02:00Z";
    snapshot.created = kNow - std::chrono::hours(24);
    snapshot.current = snapshot.on_current_path = true;
    create = begun_create("op-1");
  }

  static storage::AuditEntry audit() {
    storage::AuditEntry entry;
    entry.time = kNow;
    entry.actor = "test";
    entry.action = "test";
    return entry;
  }

  policy::OpSubject subject() const {
    return {.endpoint = vm.identity.endpoint,
            .endpoint_uuid = kEndpoint,
            .moid = vm.identity.moid,
            .instance_uuid = vm.identity.instance_uuid,
            .name = vm.identity.name};
  }
  policy::NodeImage node() const {
    const policy::Snapshot& snapshot = vm.snapshots.front();
    return {.moid = snapshot.moid, .id = snapshot.id, .created = snapshot.created, .parent = ""};
  }

  /// An operation as it is before its call; not in the journal yet.
  policy::Operation begun_create(const std::string& id) const {
    policy::Operation operation;
    operation.id = id;
    operation.kind = policy::OpKind::Create;
    operation.vm = subject();
    operation.policy = "daily";
    operation.started = operation.updated = kNow - std::chrono::hours(24);
    return operation;
  }
  void end(policy::Operation& operation, policy::OpState state) {
    operation.state = state;
    operation.ended = operation.updated = kNow - std::chrono::hours(23);
    journal.update(operation, audit());
  }

  policy::Marker marker() const {
    return {.op = "op-1",
            .attempt = 1,
            .agent = journal.identity().agent,
            .endpoint_uuid = kEndpoint,
            .instance_uuid = "uuid-1",
            .policy = "daily",
            .helper = false};
  }
  std::string described(const policy::Marker& marker) const {
    return policy::marker_description(marker, key.mac(marker), "made by deltakeep");
  }
  void describe(const policy::Marker& marker) {
    vm.snapshots.front().description = described(marker);
  }

  /// Row, mark and identity of the one snapshot agree.
  void own_it() {
    journal.begin(create, audit());
    create.snapshot = node();
    end(create, policy::OpState::Done);
    describe(marker());
  }

  struct Judged {
    policy::Vm vm;
    std::vector<OwnershipDoubt> doubts;
    const policy::Snapshot& first() const { return vm.snapshots.front(); }
    bool ours() const { return first().owner == policy::Owner::Ours; }
    /// Of the one doubt there is.
    std::string doubt() const {
      if (doubts.size() != 1) return std::to_string(doubts.size()) + " doubts";
      return doubt_name(doubts.front().kind);
    }
  };
  Judged judged(const std::string& endpoint_uuid = kEndpoint) {
    Judged result{.vm = vm, .doubts = {}};
    Ownership(journal, holds, &key, kNow).apply(result.vm, endpoint_uuid, &result.doubts);
    return result;
  }

  static constexpr const char* kEndpoint = "vc-uuid-1";
  StateDirectory directory;
  storage::Store store;
  storage::Journal journal;
  storage::Holds holds;
  MarkerKey key;
  policy::Vm vm;
  policy::Operation create;
};

}  // namespace agent::test
