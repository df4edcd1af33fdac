// The canonical text behind a plan's fingerprint. Each value is preceded by its length, so that no
// name can be made to look like two others.
#include <array>
#include <charconv>
#include <string_view>

#include "policy/names.h"
#include "policy/plan.h"

namespace policy {
namespace {

class Canon {
 public:
  Canon& text(std::string_view value) {
    number(static_cast<std::int64_t>(value.size()));
    out_ += value;
    return *this;
  }
  Canon& number(std::int64_t value) {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    out_.append(digits.data(), end);
    out_ += ' ';
    return *this;
  }
  Canon& real(double value) {
    std::array<char, 40> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    return text({digits.data(), static_cast<std::size_t>(end - digits.data())});
  }
  template <typename T, typename Write>
  Canon& maybe(const std::optional<T>& value, Write write) {
    number(value ? 1 : 0);
    if (value) write(*value);
    return *this;
  }
  /// A line is one thing: its first word says which.
  Canon& line(const char* what) {
    if (!out_.empty()) out_ += '\n';
    out_ += what;
    out_ += ' ';
    return *this;
  }
  std::string done() { return std::move(out_); }

 private:
  std::string out_;
};

void put_whole(Canon& out, const std::optional<int>& value) {
  out.maybe(value, [&](int one) { out.number(one); });
}
void put_bytes(Canon& out, const std::optional<std::uint64_t>& value) {
  out.maybe(value, [&](std::uint64_t one) { out.text(std::to_string(one)); });
}
void put_real(Canon& out, const std::optional<double>& value) {
  out.maybe(value, [&](double one) { out.real(one); });
}
void put_span(Canon& out, const std::optional<CalendarSpan>& value) {
  out.maybe(value, [&](const CalendarSpan& one) { out.text(format_span(one)); });
}

void put_policy(Canon& out, const Policy& policy) {
  const RetentionRules& rules = policy.rules;
  out.line("policy").text(policy.name()).text(method_name(policy.method()));
  out.text(policy.zone.name());
  out.line("keep").number(rules.keep.oldest ? 1 : 0);
  for (const auto& [name, count] : rules.keep.counts) {
    out.text(name).number(count.min);
    put_whole(out, count.max);
  }
  for (const auto& [name, span] : rules.keep.within) out.text(name).text(format_span(span));
  out.line("floor").number(rules.min_keep).number(rules.allow_remove_all ? 1 : 0);
  put_span(out, rules.max_age);
  put_span(out, rules.detached);
  out.line("cap");
  put_whole(out, rules.cap.depth);
  put_whole(out, rules.cap.count);
  put_bytes(out, rules.cap.size_bytes);
  put_bytes(out, rules.cap.min_free_bytes);
  put_real(out, rules.cap.min_free_share);
  put_real(out, rules.cap.probes);
  out.line("marks").maybe(policy.mark_delay, [&](auto delay) { out.number(delay.count()); });
  out.text(policy.facts.renamed_from);
  if (policy.method() == Method::Clone) {
    out.line("clone").number(policy.facts.delete_copies ? 1 : 0);
  }
}

void put_snapshot(Canon& out, const Snapshot& snapshot) {
  out.line("snapshot").text(snapshot.moid).number(snapshot.id);
  out.number(snapshot.created.time_since_epoch().count());
  out.maybe(snapshot.parent, [&](const std::string& parent) { out.text(parent); });
  out.text(owner_name(snapshot.owner)).text(snapshot_state_name(snapshot.state));
  out.number((snapshot.current ? 1 : 0) + (snapshot.pinned ? 2 : 0) + (snapshot.helper ? 4 : 0) +
             (snapshot.in_use ? 8 : 0) + (snapshot.leftover ? 16 : 0));
  out.text(snapshot.policy);
}

void put_disk(Canon& out, const Disk& disk) {
  out.line("disk").number(disk.key).number(disk.depth).number(disk.inherited);
  out.number(disk.orphans);
  for (const Layer& layer : disk.layers) {
    out.text(layer.file);
    out.maybe(layer.snapshot, [&](const std::string& snapshot) { out.text(snapshot); });
  }
}

}  // namespace

std::string fingerprint_text(const Vm& vm, const Policy& policy, const PlanBasis& basis) {
  Canon out;
  out.line("deltakeep-plan").number(2).text(basis.endpoint_uuid);
  put_policy(out, policy);
  out.line("vm").text(vm.identity.endpoint).text(vm.identity.moid).text(vm.identity.instance_uuid);
  out.number((vm.state.consolidation_needed ? 1 : 0) + (vm.state.is_template ? 2 : 0));
  for (const VmFlag flag : vm.flags) out.text(flag_name(flag));
  for (const Snapshot& snapshot : vm.snapshots) put_snapshot(out, snapshot);
  for (const Disk& disk : vm.disks) put_disk(out, disk);
  for (const PlanBasis::MarkSeen& mark : basis.marks) {
    out.line("mark").text(vm.snapshots.at(mark.snapshot).moid);
    out.number(mark.at.time_since_epoch().count());
  }
  for (const PlanBasis::CopySeen& copy : basis.copies) {
    out.line("copy").text(copy.op).number(copy.taken.time_since_epoch().count());
    out.maybe(copy.marked, [&](Time at) { out.number(at.time_since_epoch().count()); });
  }
  return out.done();
}

}  // namespace policy
