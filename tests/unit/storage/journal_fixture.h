// What the tests of the journal share: operations worth keeping, and lines for the audit.
#pragma once

#include <string>

#include "storage/journal.h"
#include "tests/unit/storage/fixture.h"

namespace storage::test {

inline AuditEntry line(const std::string& text, const std::string& subject = {}) {
  return {.time = at(1),
          .actor = "schedule",
          .action = "operation",
          .endpoint = "prod",
          .vm = "web-1",
          .snapshot = "daily",
          .subject = subject,
          .policy = "daily",
          .text = text};
}

inline policy::OpSubject subject(int vm = 1, const std::string& endpoint_name = "prod") {
  const std::string n = std::to_string(vm);
  return {.endpoint = endpoint_name,
          .endpoint_uuid = "uuid-of-" + endpoint_name,
          .moid = "vm-" + n,
          .instance_uuid = "50-" + n,
          .name = "web-" + n};
}

inline policy::Operation make_operation(const std::string& id, int vm = 1,
                                        policy::OpKind kind = policy::OpKind::Create) {
  policy::Operation o;
  o.id = id;
  o.kind = kind;
  o.vm = subject(vm);
  o.policy = "daily";
  o.run = "RUN1";
  o.actor = "schedule";
  o.started = o.updated = at(1);
  o.method = "CreateSnapshot_Task";
  o.name = "daily-" + id;
  o.description = "made by a test";
  o.before.read = at(1);
  o.before.nodes = {{.moid = "snapshot-1", .id = 1, .created = at(0), .parent = ""}};
  o.before.current = "snapshot-1";
  o.before.disks = {{.key = 2000,
                     .files = {"[ds] a-000001.vmdk", "[ds] a.vmdk"},
                     .depth = 1,
                     .owned = {{"snapshot-1", 1}}}};
  o.before.layers_known = true;
  o.evidence = {{"depth", "1"}};
  return o;
}

/// The operation some time later.
inline policy::Operation moved(policy::Operation o, policy::OpState state,
                               const std::string& why = {}) {
  o.state = state;
  o.why = why;
  o.updated += minutes(1);
  if (policy::is_over(state)) o.ended = o.updated;
  return o;
}

/// A Create that is Done and made `moid`.
inline policy::Operation made(policy::Operation o, const std::string& moid) {
  o = moved(std::move(o), policy::OpState::Done, "verified");
  o.snapshot = {.moid = moid, .id = 7, .created = at(1, 5), .parent = "snapshot-1"};
  return o;
}

class JournalTest : public testing::Test {
 protected:
  TempDir dir;
  Store store = Store::open(dir.file(), Access::ReadWrite);
  Journal journal{store};

  std::vector<AuditLine> audit_lines() const {
    std::vector<AuditLine> lines;
    journal.for_each_audit(1, [&](const AuditLine& l) { lines.push_back(l); });
    return lines;
  }
  /// Begins a Create and ends it Done.
  policy::Operation create(const std::string& id, int vm, const std::string& moid) {
    journal.begin(make_operation(id, vm), line("begin"));
    const policy::Operation done = made(make_operation(id, vm), moid);
    journal.update(done, line("done"));
    return done;
  }
};

}  // namespace storage::test
