// What a scan concludes, and what it must not conclude, from a server that answers badly.
#include "agent/act/scan.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>

#include "storage/sqlite.h"
#include "tests/support/paper_vcenter.h"
#include "vsphere-client/error.h"

namespace {

using agent::EndpointScan;
using storage::ScanOutcome;
using testing_support::paper_vm;
using testing_support::PaperVcenter;

class FixedClock final : public agent::Clock {
 public:
  policy::Time now() const override { return time; }
  policy::Time time = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22};
};

class ScanTest : public testing::Test {
 protected:
  ScanTest() : directory_(std::filesystem::temp_directory_path() / unique_name()) {
    std::filesystem::create_directories(directory_);
    store_ = std::make_unique<storage::Store>(
        storage::Store::open((directory_ / "state.db").string(), storage::Access::ReadWrite));
    vcenter_.objects = {paper_vm("vm-1", "one", 0), paper_vm("vm-2", "two", 3),
                        paper_vm("vm-3", "three", 1), paper_vm("vm-4", "four", 6),
                        paper_vm("vm-5", "five", 0)};
  }
  ~ScanTest() override {
    store_.reset();
    std::filesystem::remove_all(directory_);
  }

  static std::string unique_name() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    return std::string("deltakeep-scan-") + test->name() + "-" + std::to_string(::getpid());
  }

  EndpointScan scan() {
    agent::Connection connection;
    connection.config.name = "paper";
    connection.credentials = [] { return vsphere::Credentials{"user", "secret"}; };
    // The paper server outlives the session, so the connection owns a forwarding transport.
    connection.transport = std::make_unique<Forward>(vcenter_);
    connection.session =
        std::make_unique<vsphere::Session>(*connection.transport, connection.credentials);
    connection.session->open();
    connection.endpoint = {.name = "paper", .uuid = "u-1", .api = "8.0.2.0", .product = "Paper"};
    clock_.time += std::chrono::hours(1);
    return agent::scan_endpoint(connection, *store_, clock_, options_);
  }

  std::vector<policy::Vm> stored() const {
    std::vector<policy::Vm> vms;
    store_->for_each_vm({}, [&](const policy::Vm& vm) { vms.push_back(vm); });
    return vms;
  }

  policy::Vm stored(const std::string& name) const {
    const auto found = store_->find_vms(name);
    EXPECT_EQ(found.size(), 1u) << name;
    return found.empty() ? policy::Vm{} : found.front();
  }

  struct Forward final : vsphere::Transport {
    explicit Forward(vsphere::Transport& to) : to_(to) {}
    vsphere::Reply send(const vsphere::Request& request, const vsphere::BodySink& sink) override {
      return to_.send(request, sink);
    }
    void forget_session() override { to_.forget_session(); }
    vsphere::Transport& to_;
  };

  std::filesystem::path directory_;
  PaperVcenter vcenter_;
  FixedClock clock_;
  agent::ScanOptions options_;
  std::unique_ptr<storage::Store> store_;
};

vsphere::Error broken() {
  return {vsphere::ErrorKind::Transport, vsphere::Outcome::Unknown, "the connection broke"};
}

TEST_F(ScanTest, StoresEveryVmOfEveryPageWithItsDepth) {
  const EndpointScan result = scan();
  ASSERT_TRUE(result.summary);
  EXPECT_EQ(result.summary->outcome, ScanOutcome::Complete) << result.summary->missing.front();
  EXPECT_EQ(result.tally.vms, 5u);
  EXPECT_EQ(result.tally.max_depth, 6);
  EXPECT_EQ(result.tally.deepest, "four");
  EXPECT_EQ(stored().size(), 5u);
  EXPECT_EQ(stored("two").depth, 3);
  EXPECT_EQ(stored("two").disks.front().kind, policy::DeltaKind::SeSparse);
  EXPECT_EQ(agent::exit_code(result), agent::ExitCode::Ok);
  EXPECT_GE(vcenter_.count("ContinueRetrievePropertiesEx"), 2);
}

TEST_F(ScanTest, LeavesNoViewAndNoSessionBehind) {
  scan();
  EXPECT_EQ(vcenter_.open_views(), 0);
  EXPECT_FALSE(vcenter_.logged_in());
}

TEST_F(ScanTest, KeepsWhatWasReadWhenALaterPageBreaksAndConcludesNothing) {
  scan();
  vcenter_.objects[0].properties["name"] = R"(xsi:type="xsd:string">one-renamed)";
  vcenter_.interfere = [&](const std::string& method, int) -> std::string {
    // The second page of the VM list; earlier lists fit in one page.
    if (method == "ContinueRetrievePropertiesEx") throw broken();
    return {};
  };
  const EndpointScan result = scan();
  ASSERT_TRUE(result.summary);
  EXPECT_EQ(result.summary->outcome, ScanOutcome::Partial);
  EXPECT_EQ(agent::exit_code(result), agent::ExitCode::Partial);
  ASSERT_EQ(result.summary->missing.size(), 1u);
  EXPECT_NE(result.summary->missing[0].find("broke off"), std::string::npos);
  EXPECT_EQ(stored().size(), 5u) << "VMs of the unread pages must not vanish";
  EXPECT_EQ(stored("one-renamed").identity.moid, "vm-1");
  EXPECT_FALSE(stored("one-renamed").stale);
  EXPECT_TRUE(stored("five").stale) << "not reached: what is shown is older than the scan";
  EXPECT_TRUE(store_->gone_vms().empty());
}

TEST_F(ScanTest, LeavesTheStateUntouchedWhenNoPageArrived) {
  scan();
  const auto before = store_->last_scans().front().id;
  vcenter_.objects[0].properties["name"] = R"(xsi:type="xsd:string">one-renamed)";
  vcenter_.interfere = [&](const std::string& method, int) -> std::string {
    const bool vm_list = method == "RetrievePropertiesEx" && vcenter_.open_views() > 0 &&
                         vcenter_.count("RetrievePropertiesEx") % 2 == 0;
    if (vm_list || method == "ContinueRetrievePropertiesEx") throw broken();
    return {};
  };
  EXPECT_THROW(scan(), vsphere::Error);
  EXPECT_EQ(store_->last_scans().front().id, before);
  EXPECT_TRUE(store_->find_vms("one-renamed").empty());
  EXPECT_EQ(stored("one").identity.moid, "vm-1");
}

TEST_F(ScanTest, NamesThePropertyAndTheVmThatWereRefused) {
  vcenter_.objects[1].refused["snapshot"] = "NoPermission";
  const EndpointScan result = scan();
  EXPECT_EQ(agent::exit_code(result), agent::ExitCode::Partial);
  ASSERT_EQ(result.summary->missing.size(), 1u);
  EXPECT_NE(result.summary->missing[0].find("snapshot"), std::string::npos);
  EXPECT_NE(result.summary->missing[0].find("two"), std::string::npos);
}

TEST_F(ScanTest, TakesADeletedVmAsGoneNotAsAGap) {
  scan();
  vcenter_.objects.erase(vcenter_.objects.begin() + 2);
  const EndpointScan result = scan();
  EXPECT_EQ(result.summary->outcome, ScanOutcome::Complete);
  EXPECT_EQ(stored().size(), 4u);
  ASSERT_EQ(store_->gone_vms().size(), 1u);
  EXPECT_EQ(store_->gone_vms().front().identity.name, "three");
}

TEST_F(ScanTest, IsPartialWhenAVmSeenBeforeIsHiddenNow) {
  scan();
  // Hidden from the list, refused when asked for by name: rights were taken away.
  vcenter_.objects[2].type = "HiddenMachine";
  vcenter_.interfere = [&](const std::string& method, int) -> std::string {
    if (method == "RetrievePropertiesEx" && vcenter_.open_views() == 0) {
      vcenter_.objects[2].type = "VirtualMachine";
      vcenter_.objects[2].refused = {{"name", "NoPermission"},
                                     {"config.instanceUuid", "NoPermission"}};
    }
    return {};
  };
  const EndpointScan result = scan();
  EXPECT_EQ(agent::exit_code(result), agent::ExitCode::Partial);
  ASSERT_EQ(result.summary->missing.size(), 1u);
  EXPECT_NE(result.summary->missing[0].find("three"), std::string::npos);
  EXPECT_TRUE(store_->gone_vms().empty()) << "hidden is not gone";
  EXPECT_EQ(stored().size(), 5u);
}

TEST_F(ScanTest, MissingTagServiceIsANoteUnlessAPolicyNeedsTags) {
  EXPECT_EQ(scan().summary->outcome, ScanOutcome::Complete);
  options_.tags_needed = true;
  const EndpointScan result = scan();
  EXPECT_EQ(result.summary->outcome, ScanOutcome::Partial);
  EXPECT_NE(result.summary->missing.front().find("tags"), std::string::npos);
}

TEST_F(ScanTest, LogsInOnceMoreWhenTheSessionWasLostAndStillSeesAll) {
  bool lost = false;
  vcenter_.interfere = [&](const std::string& method, int nth) -> std::string {
    if (method == "RetrievePropertiesEx" && nth == 2 && !lost) {
      lost = true;
      vcenter_.forget_session();
    }
    return {};
  };
  const EndpointScan result = scan();
  EXPECT_TRUE(lost);
  EXPECT_EQ(result.summary->outcome, ScanOutcome::Complete);
  EXPECT_EQ(result.tally.vms, 5u);
  EXPECT_EQ(vcenter_.count("Login"), 2);
}

// A state that was altered behind the agent's back stays altered for as long as a VM is not read.
class RescanTest : public ScanTest {
 protected:
  RescanTest() {
    const auto named = [](const std::string& name) { return R"(xsi:type="xsd:string">)" + name; };
    const auto under = [](const std::string& type, const std::string& moid) {
      return R"(type=")" + type + R"(" xsi:type="ManagedObjectReference">)" + moid;
    };
    vcenter_.objects.push_back({"Folder",
                                "group-v1",
                                {{"name", named("prod")}, {"parent", under("Folder", "group-d1")}},
                                {}});
    vcenter_.objects.push_back({"ComputeResource",
                                "domain-c1",
                                {{"name", named("C0")}, {"parent", under("Folder", "group-v1")}},
                                {}});
    vcenter_.objects.push_back(
        {"HostSystem",
         "host-1",
         {{"name", named("esx")}, {"parent", under("ComputeResource", "domain-c1")}},
         {}});
    vcenter_.objects[0].properties["parent"] = under("Folder", "group-v1");
    vcenter_.objects[0].properties["runtime.host"] = under("HostSystem", "host-1");
    options_.build = "this one";
    vcenter_.page_size = 3;  // folders and hosts in one page, VMs in two
  }

  void alter() {
    storage::Database db((directory_ / "state.db").string(), storage::Access::ReadWrite);
    db.run(R"(UPDATE vm_state SET text = replace(text, '"one"', '"altered"'))");
    ASSERT_GE(
        db.number(R"(SELECT count(*) FROM vm_state WHERE text LIKE '%"altered"%')").value_or(0), 1);
  }
  bool was_read_again() {
    for (const policy::Vm& vm : stored()) {
      if (vm.identity.moid == "vm-1") return vm.identity.name != "altered";
    }
    ADD_FAILURE() << "vm-1 is gone";
    return false;
  }
  /// Whether vm-1 is read by a scan after `change`.
  bool reads_after(const std::function<void()>& change) {
    scan();
    alter();
    change();
    scan();
    return was_read_again();
  }
};

TEST_F(RescanTest, ReadsNoVmAgainThatDidNotChange) {
  EXPECT_FALSE(reads_after([] {}));
  EXPECT_EQ(stored().size(), 5u);
  EXPECT_TRUE(store_->gone_vms().empty());
}

TEST_F(RescanTest, CountsUnreadVmsAsReadOnesWhileTheyAge) {
  for (int day = 0; day < 12; ++day) {
    clock_.time += std::chrono::hours(23);
    const EndpointScan unread = scan();
    clock_.time -= std::chrono::hours(1);
    options_.build = "build of day " + std::to_string(day);
    const EndpointScan read = scan();
    EXPECT_EQ(unread.tally.vms, 5u);
    EXPECT_EQ(unread.tally.snapshots, read.tally.snapshots);
    EXPECT_EQ(unread.tally.with_snapshots, read.tally.with_snapshots);
    EXPECT_EQ(unread.tally.delta_bytes, read.tally.delta_bytes);
    EXPECT_EQ(unread.tally.deepest, read.tally.deepest);
    EXPECT_EQ(unread.tally.max_depth, read.tally.max_depth);
    EXPECT_EQ(unread.tally.max_probes, read.tally.max_probes);
    EXPECT_EQ(unread.tally.warn, read.tally.warn) << day;
    EXPECT_EQ(unread.tally.critical, read.tally.critical) << day;
  }
}

TEST_F(RescanTest, ReadsAVmAgainWhenAPropertyOfItChanged) {
  EXPECT_TRUE(reads_after([&] {
    vcenter_.objects[0].properties["config.changeVersion"] = R"(xsi:type="xsd:string">2)";
  }));
}

TEST_F(RescanTest, ReadsAVmAgainWhenAFolderAboveItWasRenamed) {
  EXPECT_TRUE(reads_after(
      [&] { vcenter_.objects[5].properties["name"] = R"(xsi:type="xsd:string">production)"; }));
  EXPECT_EQ(stored("one").place.path, "/production/one");
}

TEST_F(RescanTest, ReadsAVmAgainWhenItsClusterWasRenamed) {
  EXPECT_TRUE(
      reads_after([&] { vcenter_.objects[6].properties["name"] = R"(xsi:type="xsd:string">C1)"; }));
  EXPECT_EQ(stored("one").place.cluster, "C1");
}

TEST_F(RescanTest, ReadsEveryVmAgainWithAnotherBuild) {
  EXPECT_TRUE(reads_after([&] { options_.build = "another one"; }));
}

TEST_F(RescanTest, CountsUnreadVmsByTheThresholdsOfTheirPolicyAndAnewWhenThoseChange) {
  const auto never = std::chrono::hours(24 * 365 * 100);
  agent::Config config;
  agent::PolicyConfig& all = config.policies.emplace_back();
  all.name = "all";
  all.timezone = "UTC";
  all.method = "retain";
  all.warn = {.probes = 1000.0, .age = never, .depth = 5};
  all.critical = {.probes = 1000.0, .age = never, .depth = 1000};
  options_.config = &config;
  EXPECT_EQ(scan().tally.warn, 1u) << "the one with six deltas";
  alter();
  EXPECT_EQ(scan().tally.warn, 1u);
  EXPECT_FALSE(was_read_again());
  all.warn.depth = 3;
  EXPECT_EQ(scan().tally.warn, 2u) << "and the one with three, though nothing changed in it";
  all.warn.age = std::chrono::hours(1);
  EXPECT_EQ(scan().tally.warn, 3u) << "and every one that has a snapshot";
}

TEST_F(RescanTest, NamesAGapInEveryScanThatMeetsIt) {
  vcenter_.objects[0].refused["snapshot"] = "NoPermission";
  EXPECT_EQ(scan().summary->missing.size(), 1u);
  const EndpointScan again = scan();
  EXPECT_EQ(again.summary->outcome, ScanOutcome::Partial);
  EXPECT_EQ(again.summary->missing.size(), 1u);
}

TEST_F(RescanTest, ReadsAVmAgainThatTheLastScanDidNotReach) {
  scan();
  vcenter_.objects[0].type = "HiddenMachine";
  vcenter_.interfere = [&](const std::string& method, int) -> std::string {
    if (method == "ContinueRetrievePropertiesEx") throw broken();
    return {};
  };
  ASSERT_EQ(scan().summary->outcome, ScanOutcome::Partial);
  vcenter_.interfere = nullptr;
  vcenter_.objects[0].type = "VirtualMachine";
  alter();
  scan();
  EXPECT_TRUE(was_read_again());
}

}  // namespace
