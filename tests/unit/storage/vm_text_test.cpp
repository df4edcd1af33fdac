#include "storage/vm_text.h"

#include <cmath>
#include <limits>
#include <random>

#include "storage/pack.h"
#include "storage/words.h"
#include "tests/unit/storage/fixture.h"

namespace storage::test {
namespace {

std::string text_of(const policy::Vm& vm) {
  std::string text;
  append_vm(text, vm);
  return text;
}

/// Fills every field from a stream of random numbers, hostile text included.
class RandomVm {
 public:
  explicit RandomVm(unsigned seed) : random_(seed) {}
  policy::Vm make() {
    policy::Vm vm;
    vm.identity = {.endpoint = "prod",
                   .moid = text(),
                   .instance_uuid = text(),
                   .bios_uuid = text(),
                   .name = text(),
                   .raw_name = text()};
    vm.place = {.path = text(),
                .cluster = text(),
                .host = text(),
                .datastores = texts(),
                .tags = texts(),
                .attributes = {{text(), text()}, {text(), text()}}};
    vm.state = {.connection = static_cast<policy::Connection>(below(6)),
                .power = static_cast<policy::Power>(below(4)),
                .is_template = flag(),
                .fault_tolerant = flag(),
                .consolidation_needed = flag(),
                .managed_by = text(),
                .question = maybe(),
                .disabled_methods = texts(),
                .unreadable = texts()};
    for (int i = below(4); i > 0; --i) vm.flags.push_back(static_cast<policy::VmFlag>(below(19)));
    for (int i = below(4); i > 0; --i) vm.snapshots.push_back(snapshot());
    for (int i = below(3); i > 0; --i) vm.disks.push_back(disk());
    vm.depth = number();
    vm.tree_depth = number();
    vm.probes = real();
    vm.stale = flag();
    if (flag()) vm.layout_time = time();
    return vm;
  }

 private:
  int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  bool flag() { return below(2) == 1; }
  int number() { return static_cast<int>(random_()); }
  std::uint64_t large() { return (std::uint64_t{random_()} << 32) | random_(); }
  double real() { return std::ldexp(static_cast<double>(large()), below(200) - 100); }
  policy::Time time() {
    return policy::Time(policy::Time::duration(static_cast<std::int64_t>(large())));
  }
  std::string text() {
    std::string value;
    for (int i = below(30); i > 0; --i) value += static_cast<char>(below(256));
    return value;
  }
  std::vector<std::string> texts() {
    std::vector<std::string> values;
    for (int i = below(3); i > 0; --i) values.push_back(text());
    return values;
  }
  std::optional<std::string> maybe() { return flag() ? std::optional(text()) : std::nullopt; }
  policy::Snapshot snapshot() {
    return {.moid = text(),
            .id = number(),
            .name = text(),
            .raw_name = text(),
            .description = text(),
            .created = time(),
            .parent = maybe(),
            .current = flag(),
            .on_current_path = flag(),
            .owner = static_cast<policy::Owner>(below(2)),
            .pinned = flag(),
            .state = static_cast<policy::SnapshotState>(below(4)),
            .memory = flag(),
            .quiesced = flag(),
            .helper = flag(),
            .bytes = large(),
            .memory_bytes = large()};
  }
  policy::Disk disk() {
    policy::Disk d{.key = number(),
                   .label = text(),
                   .capacity_bytes = large(),
                   .kind = static_cast<policy::DeltaKind>(below(6)),
                   .mode = text(),
                   .uuid = text(),
                   .datastore = text(),
                   .depth = number(),
                   .inherited = number(),
                   .orphans = number(),
                   .probes = {.best = real(),
                              .low = real(),
                              .high = real(),
                              .worst = real(),
                              .base_share = real(),
                              .split_64k = real(),
                              .map_bytes = large()},
                   .layers = {}};
    for (int i = below(4); i > 0; --i) {
      d.layers.push_back({.file = text(),
                          .bytes = large(),
                          .snapshot = maybe(),
                          .inherited = flag(),
                          .orphan = flag()});
    }
    return d;
  }
  std::mt19937 random_;
};

TEST(VmTextLaw, ReadsBackWhatItWrote) {
  for (unsigned seed = 0; seed < 2000; ++seed) {
    const policy::Vm vm = RandomVm(seed).make();
    ASSERT_EQ(read_vm(text_of(vm), "prod"), vm) << "seed " << seed;
    ASSERT_EQ(read_identity(text_of(vm), "prod"), vm.identity) << "seed " << seed;
  }
}

TEST(VmTextLaw, NeverCrashesOnDamagedText) {
  std::mt19937 random(1);
  int refused = 0;
  for (unsigned seed = 0; seed < 500; ++seed) {
    const std::string whole = text_of(RandomVm(seed).make());
    for (int i = 0; i < 20; ++i) {
      std::string damaged = whole;
      damaged[random() % damaged.size()] = static_cast<char>(random());
      if (i % 4 == 0) damaged.resize(random() % damaged.size());
      try {
        read_vm(damaged, "prod");
      } catch (const PackError&) {
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, 2500) << "every cut text at least";
}

TEST(VmText, EveryCutIsRefused) {
  const std::string whole = text_of(make_vm(1));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    ASSERT_THROW(read_vm(whole.substr(0, size), "prod"), PackError) << size;
  }
  EXPECT_THROW(read_vm(whole + "]", "prod"), PackError);
}

TEST(VmText, IsRefusedWhenOfAnotherFormat) {
  std::string text = text_of(make_vm(1));
  text[1] = '2';
  EXPECT_THROW(read_vm(text, "prod"), PackError);
}

TEST(VmText, DoesNotHoldTheEndpointSoThatRenamingItChangesNoVm) {
  EXPECT_EQ(text_of(make_vm(1, 2, "a")), text_of(make_vm(1, 2, "b")));
  EXPECT_EQ(read_vm(text_of(make_vm(1, 2, "a")), "b"), make_vm(1, 2, "b"));
}

TEST(VmText, KeepsTheRestOfAVmWithANumberThatIsNone) {
  policy::Vm vm = make_vm(1);
  vm.probes = std::numeric_limits<double>::infinity();
  EXPECT_TRUE(std::isnan(read_vm(text_of(vm), "prod").probes));
}

TEST(Words, ReadBackAsTheSameFlagUntilTheLast) {
  int count = 0;
  for (;; ++count) {
    const auto flag = static_cast<policy::VmFlag>(count);
    if (policy::flag_name(flag) == "unknown") break;
    EXPECT_EQ(from_word<policy::VmFlag>(policy::flag_name(flag)), flag);
  }
  EXPECT_EQ(count, 1 + static_cast<int>(policy::VmFlag::Unreadable));
  EXPECT_EQ(from_word<policy::VmFlag>("no-such"), std::nullopt);
  EXPECT_EQ(from_word<policy::Power>("ON"), std::nullopt);
}

}  // namespace
}  // namespace storage::test
