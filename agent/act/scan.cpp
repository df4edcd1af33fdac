#include "agent/act/scan.h"

#include <map>
#include <utility>

#include "agent/act/absence.h"
#include "agent/act/scan_marks.h"
#include "agent/act/vm_policies.h"
#include "agent/act/vm_row.h"
#include "agent/translate/vm_seen.h"
#include "policy/chain.h"
#include "vsphere-client/facilities.h"
#include "vsphere-client/properties.h"

namespace agent {
namespace {

constexpr std::size_t kNamedGaps = 20;

// A gap is named once, with the first VMs that have it: ten thousand lines help nobody.
class Gaps {
 public:
  void add(const std::string& what, const std::string& who) {
    std::vector<std::string>& names = gaps_[what];
    ++counts_[what];
    if (names.size() < kNamedGaps) names.push_back(who);
  }
  bool empty() const { return gaps_.empty(); }
  std::vector<std::string> sentences() const {
    std::vector<std::string> result;
    for (const auto& [what, names] : gaps_) {
      std::string line = what;
      for (std::size_t i = 0; i < names.size(); ++i) line += (i == 0 ? ": " : ", ") + names[i];
      const std::size_t more = counts_.at(what) - names.size();
      if (more > 0) line += " and " + std::to_string(more) + " more";
      result.push_back(std::move(line));
    }
    return result;
  }

 private:
  std::map<std::string, std::vector<std::string>> gaps_;
  std::map<std::string, std::size_t> counts_;
};

std::uint64_t last_count(const storage::Store& store, const policy::Endpoint& endpoint) {
  for (const storage::ScanSummary& scan : store.last_scans()) {
    if (scan.endpoint.uuid == endpoint.uuid) return scan.vms;
  }
  return 0;
}

/// One scan under way; a class because its steps share what they learn.
class EndpointScanner {
 public:
  EndpointScanner(Connection& connection, storage::Store& store, const Clock& clock,
                  const ScanOptions& options)
      : connection_(connection),
        session_(*connection.session),
        clock_(clock),
        options_(options),
        started_(clock.now()),
        expected_(last_count(store, connection.endpoint)),
        surroundings_(connection.session->content().root_folder),
        mark_key_(store.mark_key()),
        writer_(store.begin_scan(connection.endpoint, started_)) {
    result_.endpoint = connection.endpoint.name;
  }

  EndpointScan run() {
    read_surroundings();
    read_datastores();
    read_attributes();
    read_tags();
    read_vms();
    check_absent();
    const auto outcome =
        gaps_.empty() ? storage::ScanOutcome::Complete : storage::ScanOutcome::Partial;
    result_.summary = writer_.close(outcome, gaps_.sentences(), clock_.now());
    return std::move(result_);
  }

 private:
  void watch(const std::string& what, std::uint64_t done, std::uint64_t total) const {
    if (options_.watch) options_.watch(connection_.endpoint.name + ": " + what, done, total);
  }

  const vsphere::MoRef& root() const { return session_.content().root_folder; }

  void read_surroundings() {
    const std::vector<std::string> paths{"name", "parent"};
    vsphere::retrieve_all(session_, root(),
                          {{.type = "Folder", .paths = paths},
                           {.type = "Datacenter", .paths = paths},
                           {.type = "ComputeResource", .paths = paths},
                           {.type = "HostSystem", .paths = paths},
                           {.type = "VirtualApp", .paths = {"name", "parent", "parentFolder"}}},
                          [&](const vsphere::ObjectView& object) {
                            surroundings_.add(vsphere::decode_entity(object));
                            watch("folders and hosts", surroundings_.size(), 0);
                          });
  }

  void read_datastores() {
    vsphere::retrieve_all(
        session_, root(), {{.type = "Datastore", .paths = vsphere::datastore_paths()}},
        [&](const vsphere::ObjectView& object) {
          const vsphere::Datastore datastore = vsphere::decode_datastore(object);
          for (const vsphere::MissingProperty& missing : datastore.missing) {
            gaps_.add(
                missing.path + " of datastores could not be read (" + missing.fault.message + ")",
                datastore.ref.value);
          }
          datastores_.push_back(datastore_seen(datastore, connection_.endpoint.name));
          writer_.put(datastores_.back());
        });
    writer_.commit_page();
    if (options_.config) policies_ = VmPolicies(*options_.config, datastores_, started_);
  }

  void read_attributes() {
    try {
      attribute_names_ = vsphere::fetch_custom_fields(session_);
    } catch (const vsphere::Error& error) {
      if (error.kind() != vsphere::ErrorKind::NoPermission) throw;
      result_.notes.push_back(std::string("custom attribute names are unknown: ") + error.what());
    }
  }

  void read_tags() {
    if (connection_.endpoint.is_host) return;
    try {
      watch("tags", 0, 0);
      tags_ = vsphere::fetch_tags(*connection_.transport, connection_.credentials);
    } catch (const vsphere::Error& error) {
      if (error.kind() == vsphere::ErrorKind::Interrupted) throw;
      const std::string why = std::string("tags could not be read: ") + error.what();
      if (options_.tags_needed) {
        gaps_.add(why, "policies that select by tag");
      } else {
        result_.notes.push_back(why);
      }
    }
  }

  void read_vms() {
    const VmContext context{.endpoint = connection_.endpoint.name,
                            .surroundings = &surroundings_,
                            .attribute_names = &attribute_names_,
                            .tags = &tags_};
    ScanTally page;
    ScanMarks marks(mark_key_, context, options_.build, policies_.identity());
    std::string reply;  // of the object at hand: parsing destroys it
    vsphere::RetrieveOptions paging;
    paging.known = [&](const vsphere::RawObject& object) {
      reply = marks.of_reply(object.item);
      return take_unchanged(object.moid, reply, marks, page);
    };
    paging.on_page = [&](std::size_t) {
      writer_.commit_page();
      result_.tally = page;
      ++pages_;
    };
    page = result_.tally;
    try {
      vsphere::retrieve_all(
          session_, root(), {{.type = "VirtualMachine", .paths = vsphere::virtual_machine_paths()}},
          [&](const vsphere::ObjectView& object) { take_vm(object, context, reply, marks, page); },
          paging);
    } catch (const vsphere::Error& error) {
      // Before the first whole page nothing is known, and the state stays as it was.
      if (pages_ == 0 || error.kind() == vsphere::ErrorKind::Interrupted) throw;
      writer_.discard_page();
      broken_ = true;
      gaps_.add(std::string("the list of virtual machines broke off: ") + error.what(),
                std::to_string(result_.tally.vms) + " were read before");
    }
  }

  bool take_unchanged(std::string_view moid, const std::string& reply, ScanMarks& marks,
                      ScanTally& page) {
    std::optional<VmNotes> notes;
    const bool same =
        writer_.put_unchanged(moid, [&](std::string_view digest, std::string_view kept) {
          if (!digest.starts_with(reply)) return false;
          notes = unpack_notes(kept);
          return notes && digest.substr(reply.size()) == marks.of_place(moid, *notes);
        });
    if (!same) return false;
    add_to_tally(*notes, started_, page);
    if (options_.on_unchanged) options_.on_unchanged(moid);
    watch("virtual machines", page.vms, expected_);
    return true;
  }

  void take_vm(const vsphere::ObjectView& object, const VmContext& context,
               const std::string& reply, ScanMarks& marks, ScanTally& page) {
    const vsphere::VirtualMachine wire = vsphere::decode_virtual_machine(object);
    const policy::Vm vm = policy::build_vm(vm_seen(wire, context));
    for (const vsphere::MissingProperty& missing : wire.missing) {
      gaps_.add(
          missing.path + " of virtual machines could not be read (" + missing.fault.message + ")",
          vm.identity.name);
    }
    const VmNotes notes = notes_of(wire, vm, policies_.thresholds(vm));
    storage::VmMark mark;
    if (wire.missing.empty()) {  // else the next scan has to name the gap again
      mark = {.digest = reply + marks.of_place(vm.identity.moid, notes),
              .notes = pack_notes(notes)};
    }
    writer_.put(vm, mark);
    add_to_tally(notes, started_, page);
    if (options_.on_read) options_.on_read(vm);
    watch("virtual machines", page.vms, expected_);
  }

  // What was there before and is not shown now is either gone or hidden: only asking tells.
  void check_absent() {
    if (broken_) return;
    for (const HiddenVm& hidden : find_hidden(session_, writer_.absent())) {
      gaps_.add(hidden.why, hidden.vm.name + " (" + hidden.vm.moid + ")");
    }
  }

  Connection& connection_;
  vsphere::Session& session_;
  const Clock& clock_;
  const ScanOptions& options_;
  policy::Time started_;
  std::uint64_t expected_;
  Surroundings surroundings_;
  std::string mark_key_;
  storage::ScanWriter writer_;
  std::vector<policy::Datastore> datastores_;
  VmPolicies policies_;
  std::map<int, std::string> attribute_names_;
  std::map<std::string, std::vector<std::string>> tags_;
  std::size_t pages_ = 0;
  bool broken_ = false;
  Gaps gaps_;
  EndpointScan result_;
};

}  // namespace

EndpointScan scan_endpoint(Connection& connection, storage::Store& store, const Clock& clock,
                           const ScanOptions& options) {
  return EndpointScanner(connection, store, clock, options).run();
}

ExitCode exit_code(const EndpointScan& scan) {
  if (scan.failure) return scan.failure->code;
  const bool partial = scan.summary && scan.summary->outcome == storage::ScanOutcome::Partial;
  return partial ? ExitCode::Partial : ExitCode::Ok;
}

}  // namespace agent
