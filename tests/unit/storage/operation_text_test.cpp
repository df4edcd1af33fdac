// The packed parts of an operation: read back equal, and never a crash when damaged.
#include "storage/operation_text.h"

#include <functional>
#include <random>

#include "storage/pack.h"
#include "tests/unit/storage/fixture.h"

namespace storage::test {
namespace {

/// Fills every field from a stream of random numbers, hostile text included.
class RandomParts {
 public:
  explicit RandomParts(unsigned seed) : random_(seed) {}

  policy::VmImage image() {
    policy::VmImage image{.read = time(),
                          .change_version = text(),
                          .nodes = {},
                          .current = text(),
                          .disks = {},
                          .consolidation_needed = flag(),
                          .helper = flag(),
                          .layers_known = flag(),
                          .power = static_cast<policy::Power>(below(4))};
    for (int i = below(4); i > 0; --i) {
      image.nodes.push_back({.moid = text(), .id = number(), .created = time(), .parent = text()});
    }
    for (int i = below(4); i > 0; --i) {
      image.disks.push_back({.key = number(),
                             .files = texts(),
                             .depth = number(),
                             .owned = {{text(), number()}, {text(), number()}}});
    }
    return image;
  }
  policy::CloneImage clone() {
    return {.name = text(),
            .folder = text(),
            .datastore = text(),
            .host = text(),
            .pool = text(),
            .path = text(),
            .linked = flag(),
            .as_template = flag(),
            .moid = text(),
            .instance_uuid = text(),
            .change_version = text(),
            .bytes = large()};
  }
  std::vector<policy::Evidence> evidence() {
    std::vector<policy::Evidence> found;
    for (int i = below(4); i > 0; --i) found.push_back({.key = text(), .value = text()});
    return found;
  }
  std::vector<std::string> texts() {
    std::vector<std::string> found;
    for (int i = below(4); i > 0; --i) found.push_back(text());
    return found;
  }

 private:
  int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  bool flag() { return below(2) == 1; }
  int number() { return static_cast<int>(random_()); }
  std::uint64_t large() { return (std::uint64_t{random_()} << 32) | random_(); }
  policy::Time time() {
    return policy::Time(policy::Time::duration(static_cast<std::int64_t>(large())));
  }
  std::string text() {
    std::string value;
    for (int i = below(20); i > 0; --i) value += static_cast<char>(below(256));
    return value;
  }

  std::mt19937 random_;
};

TEST(OperationText, ReadsBackWhatWasWritten) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    RandomParts random(seed);
    const auto image = random.image();
    EXPECT_EQ(vm_image_of(text_of(image)), image) << seed;
    const auto clone = random.clone();
    EXPECT_EQ(clone_image_of(text_of(clone)), clone) << seed;
    const auto evidence = random.evidence();
    EXPECT_EQ(evidence_of(text_of(evidence)), evidence) << seed;
    const auto texts = random.texts();
    EXPECT_EQ(texts_of(text_of(texts)), texts) << seed;
  }
}

TEST(OperationText, CutAnywhereIsAPackError) {
  const std::string image = text_of(RandomParts(3).image());
  const std::string clone = text_of(RandomParts(3).clone());
  for (std::size_t size = 0; size < image.size(); ++size) {
    EXPECT_THROW(vm_image_of(image.substr(0, size)), PackError) << size;
  }
  for (std::size_t size = 0; size < clone.size(); ++size) {
    EXPECT_THROW(clone_image_of(clone.substr(0, size)), PackError) << size;
  }
  EXPECT_THROW(texts_of("[\"a\"]x"), PackError);
  EXPECT_THROW(evidence_of("[\"key\"]"), PackError);
}

TEST(OperationText, WithAnyByteChangedIsReadOrRefused) {
  const std::string whole = text_of(RandomParts(5).image());
  std::mt19937 random(11);
  int refused = 0;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(random());
    try {
      vm_image_of(damaged);
    } catch (const PackError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 20);
}

}  // namespace
}  // namespace storage::test
