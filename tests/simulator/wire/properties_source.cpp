// The real source of properties. It stands alone so that a test may bring its own.
#include "tests/simulator/wire/reach.h"

namespace sim {

std::optional<Value> Properties::read(World& world, const Ref& object,
                                      std::string_view path) const {
  return property(world, object, path);
}

std::vector<std::string> Properties::names(std::string_view type) const {
  return properties_of(type);
}

bool Properties::derives(std::string_view type, std::string_view base) const {
  return derives_from(type, base);
}

}  // namespace sim
