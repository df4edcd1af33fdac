#include "storage/words.h"

#include <array>

namespace storage {

// Every switch lists every case, so a new enumerator does not compile until it has a word here and
// a place in its list below.

std::string_view word(policy::Connection value) {
  switch (value) {
    case policy::Connection::Connected:
      return "connected";
    case policy::Connection::Disconnected:
      return "disconnected";
    case policy::Connection::Orphaned:
      return "orphaned";
    case policy::Connection::Inaccessible:
      return "inaccessible";
    case policy::Connection::Invalid:
      return "invalid";
    case policy::Connection::Unknown:
      return "unknown";
  }
  return "unknown";
}

std::string_view word(policy::Power value) {
  switch (value) {
    case policy::Power::On:
      return "on";
    case policy::Power::Off:
      return "off";
    case policy::Power::Suspended:
      return "suspended";
    case policy::Power::Unknown:
      return "unknown";
  }
  return "unknown";
}

std::string_view word(policy::Owner value) {
  switch (value) {
    case policy::Owner::Ours:
      return "ours";
    case policy::Owner::Foreign:
      return "foreign";
  }
  return "foreign";
}

std::string_view word(policy::SnapshotState value) {
  switch (value) {
    case policy::SnapshotState::Complete:
      return "complete";
    case policy::SnapshotState::Partial:
      return "partial";
    case policy::SnapshotState::Failed:
      return "failed";
    case policy::SnapshotState::InProgress:
      return "in-progress";
  }
  return "complete";
}

std::string_view word(policy::DeltaKind value) {
  switch (value) {
    case policy::DeltaKind::None:
      return "none";
    case policy::DeltaKind::VmfsSparse:
      return "vmfsSparse";
    case policy::DeltaKind::SeSparse:
      return "seSparse";
    case policy::DeltaKind::VsanSparse:
      return "vsanSparse";
    case policy::DeltaKind::Native:
      return "native";
    case policy::DeltaKind::Unknown:
      return "unknown";
  }
  return "unknown";
}

std::string_view word(policy::RiskLevel value) { return policy::risk_name(value); }

std::string_view word(RunOutcome value) {
  switch (value) {
    case RunOutcome::Running:
      return "running";
    case RunOutcome::Ok:
      return "ok";
    case RunOutcome::Partial:
      return "partial";
    case RunOutcome::Failed:
      return "failed";
    case RunOutcome::Refused:
      return "refused";
    case RunOutcome::Interrupted:
      return "interrupted";
  }
  return "failed";
}

std::string_view word(CopyState value) {
  switch (value) {
    case CopyState::Made:
      return "made";
    case CopyState::Released:
      return "released";
    case CopyState::Deleted:
      return "deleted";
    case CopyState::Lost:
      return "lost";
  }
  return "lost";
}

namespace {

template <class Enum, std::size_t N>
std::optional<Enum> find(std::string_view text, const std::array<Enum, N>& all) {
  for (const Enum value : all) {
    if (word(value) == text) return value;
  }
  return std::nullopt;
}

}  // namespace

template <>
std::optional<policy::Connection> from_word(std::string_view text) {
  using enum policy::Connection;
  return find(text, std::array{Connected, Disconnected, Orphaned, Inaccessible, Invalid, Unknown});
}

template <>
std::optional<policy::Power> from_word(std::string_view text) {
  using enum policy::Power;
  return find(text, std::array{On, Off, Suspended, Unknown});
}

template <>
std::optional<policy::Owner> from_word(std::string_view text) {
  using enum policy::Owner;
  return find(text, std::array{Ours, Foreign});
}

template <>
std::optional<policy::SnapshotState> from_word(std::string_view text) {
  using enum policy::SnapshotState;
  return find(text, std::array{Complete, Partial, Failed, InProgress});
}

template <>
std::optional<policy::DeltaKind> from_word(std::string_view text) {
  using enum policy::DeltaKind;
  return find(text, std::array{None, VmfsSparse, SeSparse, VsanSparse, Native, Unknown});
}

template <>
std::optional<policy::VmFlag> from_word(std::string_view text) {
  // policy names the flags and answers "unknown" behind the last one.
  for (int i = 0;; ++i) {
    const auto flag = static_cast<policy::VmFlag>(i);
    const std::string name = policy::flag_name(flag);
    if (name == text) return flag;
    if (name == "unknown") return std::nullopt;
  }
}

template <>
std::optional<policy::RiskLevel> from_word(std::string_view text) {
  using enum policy::RiskLevel;
  return find(text, std::array{Ok, Warn, Critical});
}

template <>
std::optional<RunOutcome> from_word(std::string_view text) {
  using enum RunOutcome;
  return find(text, std::array{Running, Ok, Partial, Failed, Refused, Interrupted});
}

template <>
std::optional<CopyState> from_word(std::string_view text) {
  using enum CopyState;
  return find(text, std::array{Made, Released, Deleted, Lost});
}

}  // namespace storage
