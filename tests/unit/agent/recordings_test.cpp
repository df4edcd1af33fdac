// Replies of real servers, from the wire to the chain. Without the recordings these tests skip.
#include <gtest/gtest.h>

#include <sstream>

#include "agent/cli/print/print.h"
#include "agent/translate/vm_seen.h"
#include "policy/chain.h"
#include "tests/support/soap_replies.h"
#include "tests/unit/vsphere-client/decode_reply.h"

namespace agent {
namespace {

class RecordedVm : public testing::Test {
 protected:
  void SetUp() override {
    const auto found = replies::recordings();
    if (!found) GTEST_SKIP() << "no recordings at hand; set DELTAKEEP_RECORDINGS to their folder";
    folder_ = *found;
  }

  policy::Vm appliance() const {
    const std::string at = "pyvmomi-history/test_json_vm_explode_type@f64d5834/0";
    std::vector<std::string> bodies;
    for (const char* number : {"54", "56", "62", "67"}) {
      bodies.push_back(
          replies::load_file(folder_ / (at + number + "-RetrievePropertiesExResponse.xml")));
    }
    return policy::build_vm(vm_seen(merged_vm(bodies), {.endpoint = "vc"}));
  }

  std::filesystem::path folder_;
};

TEST_F(RecordedVm, OfVsphere67HasThirteenSeSparseDisksOfDepthOne) {
  const policy::Vm vm = appliance();
  ASSERT_EQ(vm.disks.size(), 13u);
  EXPECT_EQ(vm.depth, 1);
  EXPECT_EQ(vm.tree_depth, 1);
  for (const policy::Disk& disk : vm.disks) {
    EXPECT_EQ(disk.kind, policy::DeltaKind::SeSparse) << disk.label;
    EXPECT_EQ(disk.depth, 1) << disk.label;
    EXPECT_EQ(disk.inherited, 0) << disk.label;
    EXPECT_EQ(disk.orphans, 0) << disk.label;
    ASSERT_EQ(disk.layers.size(), 2u) << disk.label;
    EXPECT_EQ(disk.layers[0].snapshot, vm.snapshots.front().moid) << disk.label;
    EXPECT_FALSE(disk.layers[1].snapshot) << disk.label;
    EXPECT_GT(disk.layers[0].bytes, 0u) << disk.label << ": the size stands in the extent";
    EXPECT_GT(disk.probes.best, 1) << disk.label;
    EXPECT_LE(disk.probes.best, 2) << disk.label;
  }
  EXPECT_TRUE(vm.flags.empty());
}

TEST_F(RecordedVm, ShowsTheSnapshotsNameDecodedOnceAndKeepsTheRawOne) {
  const policy::Vm vm = appliance();
  ASSERT_EQ(vm.snapshots.size(), 1u);
  EXPECT_EQ(vm.snapshots[0].name, "VM Snapshot 10%2f24%2f2018, 8:42:44 AM");
  EXPECT_EQ(vm.snapshots[0].raw_name, "VM Snapshot 10%252f24%252f2018, 8:42:44 AM");
  std::ostringstream text;
  print_tree(vm, {.out = text, .screen = {}, .json = false, .quiet = false, .now = {}});
  EXPECT_NE(text.str().find("VM Snapshot 10%2f24%2f2018, 8:42:44 AM"), std::string::npos);
}

}  // namespace
}  // namespace agent
