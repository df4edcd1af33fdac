#include "tests/simulator/model/words.h"

namespace sim {

const char* word(DiskKind kind) {
  switch (kind) {
    case DiskKind::Normal:
      return "normal";
    case DiskKind::IndependentPersistent:
      return "independentPersistent";
    case DiskKind::IndependentNonpersistent:
      return "independentNonpersistent";
    case DiskKind::RdmPhysical:
      return "rdmPhysical";
    case DiskKind::RdmVirtual:
      return "rdmVirtual";
    case DiskKind::MultiWriter:
      return "multiWriter";
  }
  return "";
}

const char* word(PowerState power) {
  switch (power) {
    case PowerState::Off:
      return "off";
    case PowerState::On:
      return "on";
    case PowerState::Suspended:
      return "suspended";
  }
  return "";
}

const char* word(ConnectionState state) {
  switch (state) {
    case ConnectionState::Connected:
      return "connected";
    case ConnectionState::Disconnected:
      return "disconnected";
    case ConnectionState::Orphaned:
      return "orphaned";
    case ConnectionState::Inaccessible:
      return "inaccessible";
    case ConnectionState::Invalid:
      return "invalid";
  }
  return "";
}

}  // namespace sim
