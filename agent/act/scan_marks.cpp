#include "agent/act/scan_marks.h"

#include <link.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace agent {
namespace {

// XML cannot carry a NUL, so no text from the server holds the separator.
constexpr char kBetween = '\0';
constexpr std::size_t kFields = 10;
constexpr std::size_t kOldestFields = 3;
constexpr std::string_view kGnu{"GNU", 4};  // its NUL is part of it

template <class Number>
std::string digits(Number value) {
  std::array<char, 32> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), end};
}

template <class Number>
bool parse(std::string_view text, Number& out) {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, out);
  return error == std::errc{} && stop == end;
}

std::string bytes_of(const vsphere::KeyedDigest::Value& value) {
  return {value.begin(), value.end()};
}

policy::RiskLevel level_of(const VmNotes& notes, policy::Time now) {
  policy::Vm aged;
  for (const VmNotes::Oldest& oldest : notes.oldest) {
    policy::Snapshot& snapshot = aged.snapshots.emplace_back();
    snapshot.owner = oldest.owner;
    snapshot.pinned = oldest.pinned;
    snapshot.current = true;
    snapshot.created = oldest.created;
  }
  policy::ThresholdPair thresholds;
  thresholds.warn.age = notes.age_warn;
  thresholds.critical.age = notes.age_critical;
  return std::max(notes.ageless, policy::assess_risk(aged, now, thresholds).level);
}

std::vector<VmNotes::Oldest> oldest_of(const policy::Vm& vm) {
  std::vector<VmNotes::Oldest> found;
  for (const policy::Snapshot& snapshot : vm.snapshots) {
    const auto same = std::find_if(found.begin(), found.end(), [&](const VmNotes::Oldest& other) {
      return other.owner == snapshot.owner && other.pinned == snapshot.pinned;
    });
    if (same == found.end()) {
      found.push_back({snapshot.owner, snapshot.pinned, snapshot.created});
    } else {
      same->created = std::min(same->created, snapshot.created);
    }
  }
  return found;
}

std::vector<std::string_view> split(std::string_view bytes) {
  std::vector<std::string_view> fields;
  for (std::size_t end = 0; end != std::string_view::npos;) {
    end = bytes.find(kBetween);
    fields.push_back(bytes.substr(0, end));
    if (end != std::string_view::npos) bytes.remove_prefix(end + 1);
  }
  return fields;
}

/// False for a number that names no value up to `last`.
template <class Enum>
bool parse_enum(std::string_view text, Enum last, Enum& out) {
  unsigned number = 0;
  if (!parse(text, number) || number > static_cast<unsigned>(last)) return false;
  out = static_cast<Enum>(number);
  return true;
}

/// Empty text: no age.
bool parse_age(std::string_view text, std::optional<std::chrono::seconds>& out) {
  if (text.empty()) return true;
  std::chrono::seconds::rep count = 0;
  if (!parse(text, count)) return false;
  out = std::chrono::seconds(count);
  return true;
}

/// The linker's digest of all code and data of the main program, "" when it was linked without.
std::string read_build_id() {
  std::string id;
  const auto look = [](dl_phdr_info* program, std::size_t, void* out) {
    for (int i = 0; i < program->dlpi_phnum; ++i) {
      const ElfW(Phdr)& part = program->dlpi_phdr[i];
      if (part.p_type != PT_NOTE) continue;
      const char* at = reinterpret_cast<const char*>(program->dlpi_addr + part.p_vaddr);
      const char* const end = at + part.p_memsz;
      while (static_cast<std::size_t>(end - at) >= sizeof(ElfW(Nhdr))) {
        ElfW(Nhdr) note{};
        std::copy_n(at, sizeof note, reinterpret_cast<char*>(&note));
        const std::size_t name = (note.n_namesz + 3u) & ~3u;
        const std::size_t content = (note.n_descsz + 3u) & ~3u;
        at += sizeof note;
        if (static_cast<std::size_t>(end - at) < name + content) break;
        if (note.n_type == NT_GNU_BUILD_ID && std::string_view(at, note.n_namesz) == kGnu) {
          static_cast<std::string*>(out)->assign(at + name, note.n_descsz);
        }
        at += name + content;
      }
    }
    return 1;  // the first one is the main program
  };
  dl_iterate_phdr(look, &id);
  return id;
}

}  // namespace

VmNotes notes_of(const vsphere::VirtualMachine& wire, const policy::Vm& vm,
                 const policy::ThresholdPair& thresholds) {
  const VmRow row =
      vm_row(vm, policy::Time::min(), thresholds);  // before all snapshots: none has an age
  return {.above = place_above(wire).value,
          .host = wire.host.value,
          .name = row.name,
          .depth = row.depth,
          .snapshots = row.snapshots,
          .delta_bytes = row.delta_bytes,
          .probes = row.probes,
          .ageless = row.level,
          .age_warn = thresholds.warn.age,
          .age_critical = thresholds.critical.age,
          .oldest = oldest_of(vm)};
}

std::string pack_notes(const VmNotes& notes) {
  std::string bytes = notes.above;
  const auto add = [&bytes](std::string_view field) { (bytes += kBetween) += field; };
  add(notes.host);
  add(notes.name);
  add(digits(notes.depth));
  add(digits(notes.snapshots));
  add(digits(notes.delta_bytes));
  add(digits(notes.probes));
  add(digits(static_cast<unsigned>(notes.ageless)));
  for (const auto& age : {notes.age_warn, notes.age_critical}) {
    add(age ? digits(age->count()) : std::string());
  }
  for (const VmNotes::Oldest& oldest : notes.oldest) {
    add(digits(static_cast<unsigned>(oldest.owner)));
    add(digits(oldest.pinned ? 1 : 0));
    add(digits(oldest.created.time_since_epoch().count()));
  }
  return bytes;
}

std::optional<VmNotes> unpack_notes(std::string_view bytes) {
  const std::vector<std::string_view> field = split(bytes);
  if (field.size() < kFields || (field.size() - kFields) % kOldestFields != 0) return std::nullopt;
  VmNotes notes{
      .above = std::string(field[0]), .host = std::string(field[1]), .name = std::string(field[2])};
  bool read = parse(field[3], notes.depth) && parse(field[4], notes.snapshots) &&
              parse(field[5], notes.delta_bytes) && parse(field[6], notes.probes) &&
              parse_enum(field[7], policy::RiskLevel::Critical, notes.ageless) &&
              parse_age(field[8], notes.age_warn) && parse_age(field[9], notes.age_critical);
  for (std::size_t i = kFields; read && i < field.size(); i += kOldestFields) {
    VmNotes::Oldest& oldest = notes.oldest.emplace_back();
    policy::Time::rep created = 0;
    read = parse_enum(field[i], policy::Owner::Foreign, oldest.owner) &&
           parse_enum(field[i + 1], true, oldest.pinned) && parse(field[i + 2], created);
    oldest.created = policy::Time(policy::Time::duration(created));
  }
  if (!read) return std::nullopt;
  return notes;
}

void add_to_tally(const VmNotes& notes, policy::Time now, ScanTally& tally) {
  VmRow row;
  row.name = notes.name;
  row.depth = notes.depth;
  row.snapshots = notes.snapshots;
  row.delta_bytes = notes.delta_bytes;
  row.probes = notes.probes;
  row.level = level_of(notes, now);
  add_to_tally(row, tally);
}

const std::string& build_identity() {
  static const std::string identity = "deltakeep " DELTAKEEP_VERSION " " + read_build_id();
  return identity;
}

ScanMarks::ScanMarks(std::string_view key, const VmContext& context, std::string_view build,
                     std::string_view policies)
    : digest_(key), context_(context), build_(build) {
  if (!policies.empty()) build_ += bytes_of(digest_.add(policies).finish());
  if (context_.attribute_names == nullptr) return;
  for (const auto& [number, name] : *context_.attribute_names) {
    digest_.add(digits(number)).add(name);
  }
  build_ += bytes_of(digest_.finish());
}

std::string ScanMarks::of_reply(const vsphere::RawItem& item) {
  digest_.add(build_);
  for (const std::string& prefix : item.inherited_xsi) digest_.add(prefix);
  return bytes_of(digest_.add(item.xml).finish());
}

std::string ScanMarks::of_place(std::string_view moid, const VmNotes& notes) {
  if (context_.surroundings != nullptr) {
    digest_.add(context_.surroundings->path_of({"", notes.above}, {}))
        .add(context_.surroundings->cluster_of({"", notes.host}));
  }
  if (context_.tags != nullptr) {
    const auto tags = context_.tags->find(std::string(moid));
    if (tags != context_.tags->end()) {
      for (const std::string& tag : tags->second) digest_.add(tag);
    }
  }
  return bytes_of(digest_.finish());
}

}  // namespace agent
