#include "agent/act/execute/copy_claim.h"

#include <algorithm>
#include <utility>

#include "agent/translate/operation_calls.h"

namespace agent {
namespace {

void add(std::string& text, const std::string& field) {
  text += std::to_string(field.size()) + ":" + field;
}

bool same(const std::string& a, const std::string& b) {
  unsigned difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    difference |=
        static_cast<unsigned>(static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]));
  }
  return difference == 0;
}

bool has_run(const vsphere::LayoutEx& layout) {
  return std::any_of(layout.files.begin(), layout.files.end(),
                     [](const vsphere::LayoutFile& file) { return file.type == "log"; });
}

CopyChange doubt(std::string text) { return {CopyChange::Kind::Doubt, std::move(text)}; }
CopyChange released(std::string text) { return {CopyChange::Kind::Released, std::move(text)}; }

}  // namespace

std::string copy_mac(const MarkerKey& key, const storage::Copy& copy) {
  std::string text;
  for (const std::string* field :
       {&copy.op, &copy.endpoint_uuid, &copy.image.moid, &copy.image.instance_uuid,
        &copy.image.name, &copy.image.folder, &copy.image.change_version}) {
    add(text, *field);
  }
  return key.mac("clone", text);
}

bool is_authentic(const MarkerKey& key, const storage::Copy& copy) {
  return same(copy.mac, copy_mac(key, copy));
}

std::optional<CopyChange> copy_change(
    const storage::Copy& copy, const MarkerKey& key, const vsphere::VmIdentity& identity,
    const policy::Vm& vm, const std::optional<std::vector<policy::SharedFile>>& shared) {
  if (vm.state.connection != policy::Connection::Connected) {
    return doubt("its host is not connected, so that what is shown of it may be old");
  }
  if (!shared) return doubt("it is not known whether linked clones stand on its files");
  if (auto change = identity_change(copy, key, identity)) return change;
  for (const policy::SharedFile& file : *shared) {
    if (file.is_ours) return released(file.other_name + " stands on " + file.file);
  }
  return std::nullopt;
}

std::optional<CopyChange> identity_change(const storage::Copy& copy, const MarkerKey& key,
                                          const vsphere::VmIdentity& identity) {
  if (!identity.missing.empty()) {
    return doubt("the server did not tell " + identity.missing.front().path + " of it");
  }
  if (!is_authentic(key, copy)) {
    return doubt(
        "its row in the state is not authentic: the key is another, or the row was edited");
  }
  const auto mark = identity.extra_config.find(std::string(kCloneMark));
  if (identity.instance_uuid != copy.image.instance_uuid) {
    return released("another VM has its place: its instance uuid is " + identity.instance_uuid);
  }
  if (mark == identity.extra_config.end() || mark->second != copy.op) {
    return released("it does not carry its mark any more");
  }
  if (vsphere::unescape_name(identity.name) != copy.image.name) {
    return released("it was renamed to " + vsphere::unescape_name(identity.name));
  }
  if (identity.parent.value != copy.image.folder) {
    return released("it was moved to folder " + identity.parent.value);
  }
  if (identity.power_state != "poweredOff" || identity.boot_time) {
    return released("it was powered on");
  }
  // The boot time ends with the power; what the VM wrote when it ran stays.
  if (!identity.layout) return doubt("the server does not show which files it has");
  if (has_run(*identity.layout)) return released("it was powered on: it has a log");
  if (!identity.snapshots.empty()) return released("somebody made a snapshot of it");
  if (identity.change_version != copy.image.change_version) {
    return released("its configuration was changed (" + copy.image.change_version + " -> " +
                    identity.change_version + ")");
  }
  return std::nullopt;
}

std::vector<storage::Copy> newer_copies(const storage::Copies& copies, const storage::Copy& than,
                                        const policy::PolicyFacts& policy) {
  const auto same_source = [&](const policy::OpSubject& source) {
    if (than.source.instance_uuid.empty()) return source.moid == than.source.moid;
    return source.instance_uuid == than.source.instance_uuid;
  };
  const auto same_maker = [&](const std::string& maker) {
    if (maker == than.policy) return true;
    return !maker.empty() && (maker == policy.name || maker == policy.renamed_from);
  };
  std::vector<storage::Copy> newer;
  for (storage::Copy& one : copies.copies(than.endpoint_uuid)) {
    if (one.state != storage::CopyState::Made || !one.verified || one.taken <= than.taken) continue;
    if (same_source(one.source) && same_maker(one.policy)) newer.push_back(std::move(one));
  }
  std::sort(newer.begin(), newer.end(),
            [](const storage::Copy& a, const storage::Copy& b) { return a.taken > b.taken; });
  return newer;
}

std::optional<storage::Copy> copy_of(const storage::Copies& copies,
                                     const std::string& endpoint_uuid, const std::string& op) {
  for (storage::Copy& copy : copies.copies(endpoint_uuid)) {
    if (copy.op == op) return std::move(copy);
  }
  return std::nullopt;
}

}  // namespace agent
