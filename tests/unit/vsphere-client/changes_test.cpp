// Calls that change something: what is sent, how often, and what is known of their effect when they
// fail.
#include <optional>
#include <stdexcept>

#include "session_fixture.h"
#include "vsphere-client/clones.h"
#include "vsphere-client/curl_error.h"
#include "vsphere-client/snapshots.h"
#include "vsphere-client/storage_info.h"

namespace {

using testing::HasSubstr;
using testing::Not;
using vsphere::Error;
using vsphere::ErrorKind;
using vsphere::MoRef;
using vsphere::Outcome;

const MoRef kChangedVm{"VirtualMachine", "vm-1"};
const MoRef kOldSnapshot{"VirtualMachineSnapshot", "snapshot-7"};
const MoRef kStarted{"Task", "task-9"};

class ChangesTest : public SessionFixture {
 protected:
  void SetUp() override { open(); }
  void task(const std::string& operation) { reference(operation, "Task", "task-9"); }
  const std::string& body() const { return net.sent.back().body; }
  Error remove_fails() {
    try {
      vsphere::remove_snapshot(session, kOldSnapshot);
    } catch (const Error& error) {
      return error;
    }
    throw std::logic_error("did not throw");
  }
};

TEST_F(ChangesTest, ACreateWithoutQuiescingSendsNoSpec) {
  task("CreateSnapshotEx_Task");
  EXPECT_EQ(vsphere::create_snapshot(session, kChangedVm, {"n<1>", "d", true, {}}), kStarted);
  EXPECT_THAT(body(), HasSubstr("<_this type=\"VirtualMachine\">vm-1</_this><name>n&lt;1&gt;</name>"
                                "<description>d</description><memory>true</memory>"
                                "</CreateSnapshotEx_Task>"));
}

TEST_F(ChangesTest, AWindowsGuestIsAskedForACopyBackup) {
  task("CreateSnapshotEx_Task");
  vsphere::create_snapshot(session, kChangedVm, {"n", "", false, vsphere::QuiesceSpec{true, 10}});
  EXPECT_THAT(body(),
              HasSubstr("<memory>false</memory><quiesceSpec "
                        "xsi:type=\"VirtualMachineWindowsQuiesceSpec\"><timeout>10</timeout>"
                        "<vssBackupType>5</vssBackupType></quiesceSpec>"));
}

TEST_F(ChangesTest, AnUnknownGuestGetsTheGeneralSpec) {
  task("CreateSnapshotEx_Task");
  vsphere::create_snapshot(session, kChangedVm, {"n", "", false, vsphere::QuiesceSpec{}});
  EXPECT_THAT(body(),
              HasSubstr("<quiesceSpec xsi:type=\"VirtualMachineGuestQuiesceSpec\"></quiesceSpec>"));
}

TEST_F(ChangesTest, AServerWithoutTheNewerCreateIsSentTheOlderOne) {
  fault("CreateSnapshotEx_Task", "MethodNotFound");
  task("CreateSnapshot_Task");
  EXPECT_EQ(vsphere::create_snapshot(session, kChangedVm, {"n", "", false, vsphere::QuiesceSpec{}}),
            kStarted);
  EXPECT_THAT(body(), HasSubstr("<memory>false</memory><quiesce>true</quiesce>"));
}

TEST_F(ChangesTest, ACreateThatFailedOtherwiseIsNotSentInAnotherForm) {
  fault("CreateSnapshotEx_Task", "NoPermission");
  EXPECT_THROW(vsphere::create_snapshot(session, kChangedVm, {"n", "", false, {}}), Error);
}

TEST_F(ChangesTest, ARemovalNeverTakesTheChildren) {
  task("RemoveSnapshot_Task");
  EXPECT_EQ(vsphere::remove_snapshot(session, kOldSnapshot), kStarted);
  EXPECT_THAT(body(), HasSubstr("<_this type=\"VirtualMachineSnapshot\">snapshot-7</_this>"
                                "<removeChildren>false</removeChildren><consolidate>true"));
}

TEST_F(ChangesTest, RevertConsolidateDestroyAndEstimateNameTheirObject) {
  task("RevertToSnapshot_Task");
  EXPECT_EQ(vsphere::revert_to(session, kOldSnapshot, true), kStarted);
  EXPECT_THAT(body(), HasSubstr("snapshot-7</_this><suppressPowerOn>true</suppressPowerOn>"));
  task("ConsolidateVMDisks_Task");
  EXPECT_EQ(vsphere::consolidate(session, kChangedVm), kStarted);
  task("Destroy_Task");
  EXPECT_EQ(vsphere::destroy_vm(session, kChangedVm), kStarted);
  EXPECT_THAT(body(), HasSubstr("vm-1</_this></Destroy_Task>"));
  task("EstimateStorageForConsolidateSnapshots_Task");
  EXPECT_EQ(vsphere::estimate_consolidation(session, kChangedVm), kStarted);
  done("RefreshStorageInfo");
  vsphere::refresh_storage_info(session, kChangedVm);
  done("RefreshDatastoreStorageInfo");
  vsphere::refresh_datastore(session, {"Datastore", "datastore-3"});
  EXPECT_THAT(body(), HasSubstr("<_this type=\"Datastore\">datastore-3</_this>"));
}

TEST_F(ChangesTest, ARenameSendsOnlyWhatChanges) {
  done("RenameSnapshot");
  vsphere::rename_snapshot(session, kOldSnapshot, {}, "why");
  EXPECT_THAT(body(), HasSubstr("snapshot-7</_this><description>why</description></Rename"));
  done("RenameSnapshot");
  vsphere::rename_snapshot(session, kOldSnapshot, "n", {});
  EXPECT_THAT(body(), HasSubstr("snapshot-7</_this><name>n</name></Rename"));
  EXPECT_THROW(vsphere::rename_snapshot(session, kOldSnapshot, {}, {}), std::invalid_argument);
}

vsphere::CloneSpec small_clone() {
  vsphere::CloneSpec spec;
  spec.name = "copy";
  spec.folder = {"Folder", "group-v4"};
  return spec;
}

TEST_F(ChangesTest, AFullCloneIsFlatAndOff) {
  task("CloneVM_Task");
  vsphere::CloneSpec spec = small_clone();
  spec.datastore = {"Datastore", "datastore-3"};
  spec.annotation = "note";
  spec.extra_config = {{"deltakeep.op", "01A"}};
  EXPECT_EQ(vsphere::clone_vm(session, kChangedVm, spec), kStarted);
  EXPECT_THAT(body(),
              HasSubstr("<folder type=\"Folder\">group-v4</folder><name>copy</name><spec><location>"
                        "<datastore type=\"Datastore\">datastore-3</datastore>"
                        "<diskMoveType>moveAllDiskBackingsAndConsolidate</diskMoveType></location>"
                        "<template>false</template><config><annotation>note</annotation>"
                        "<extraConfig xsi:type=\"OptionValue\"><key>deltakeep.op</key>"
                        "<value xsi:type=\"xsd:string\">01A</value></extraConfig></config>"
                        "<powerOn>false</powerOn></spec></CloneVM_Task>"));
}

TEST_F(ChangesTest, ALinkedCloneStandsOnItsSnapshot) {
  vsphere::CloneSpec spec = small_clone();
  spec.linked = true;
  EXPECT_THROW(vsphere::clone_vm(session, kChangedVm, spec), std::invalid_argument);
  spec.snapshot = kOldSnapshot;
  task("CloneVM_Task");
  vsphere::clone_vm(session, kChangedVm, spec);
  EXPECT_THAT(body(), HasSubstr("<diskMoveType>createNewChildDiskBacking</diskMoveType>"));
  EXPECT_THAT(body(), HasSubstr("<powerOn>false</powerOn><snapshot "
                                "type=\"VirtualMachineSnapshot\">snapshot-7</snapshot></spec>"));
}

TEST_F(ChangesTest, ACloneIsUnpluggedWithoutTheSourcesPortOrAddress) {
  vsphere::CloneSpec spec = small_clone();
  vsphere::NetworkCard card;
  card.key = 4000;
  card.class_name = "VirtualVmxnet3";
  card.label = "Network adapter 1";
  card.summary = "DVSwitch: 50 1f";
  card.controller_key = 100;
  card.backing.class_name = "VirtualEthernetCardDistributedVirtualPortBackingInfo";
  card.backing.switch_uuid = "50 1f";
  card.backing.portgroup_key = "dvportgroup-5";
  spec.disconnect = {card};
  spec.excluded_disks = {2001};
  task("CloneVM_Task");
  vsphere::clone_vm(session, kChangedVm, spec);
  EXPECT_THAT(
      body(),
      HasSubstr("<deviceChange><operation>edit</operation><device xsi:type=\"VirtualVmxnet3\">"
                "<key>4000</key><deviceInfo xsi:type=\"Description\"><label>Network adapter 1"
                "</label><summary>DVSwitch: 50 1f</summary></deviceInfo><backing "
                "xsi:type=\"VirtualEthernetCardDistributedVirtualPortBackingInfo\"><port>"
                "<switchUuid>50 1f</switchUuid><portgroupKey>dvportgroup-5</portgroupKey></port>"
                "</backing><connectable><startConnected>false</startConnected>"
                "<allowGuestControl>true</allowGuestControl><connected>false</connected>"
                "</connectable><controllerKey>100</controllerKey></device></deviceChange>"
                "<deviceChange><operation>remove</operation><device xsi:type=\"VirtualDisk\">"
                "<key>2001</key>"));
  EXPECT_THAT(body(), Not(HasSubstr("fileOperation")));
}

TEST_F(ChangesTest, AnAnswerWithoutATaskMayHaveBeenCarriedOut) {
  done("RemoveSnapshot_Task");
  const Error none = remove_fails();
  EXPECT_EQ(none.kind(), ErrorKind::Protocol);
  EXPECT_EQ(none.outcome(), Outcome::Unknown);
  reference("RemoveSnapshot_Task", "VirtualMachine", "vm-1");
  const Error other = remove_fails();
  EXPECT_EQ(other.outcome(), Outcome::Unknown);
  EXPECT_THAT(other.what(), HasSubstr("with the VirtualMachine vm-1 where a task was due"));
}

// --- sent once, whatever happens

TEST_F(ChangesTest, AnExpiredSessionIsRenewedButTheCallIsNotRepeated) {
  using Retry = vsphere::Session::Retry;
  int hooks = 0;
  session.on_relogin([&hooks] { ++hooks; });
  for (const Retry retry : {Retry::AfterLogin, Retry::Never}) {
    fault("Destroy_Task", "NotAuthenticated");
    reply("Login");
    try {
      session.call(vsphere::SoapRequest("Destroy_Task", kChangedVm), retry);
      ADD_FAILURE() << "was repeated";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::NotAuthenticated);
      EXPECT_EQ(error.outcome(), Outcome::NotExecuted);
    }
  }
  EXPECT_EQ(net.count("Destroy_Task"), 2u);
  EXPECT_EQ(hooks, 2);
}

TEST_F(ChangesTest, AFailingLoginLeavesTheCallNotExecuted) {
  fault("RemoveSnapshot_Task", "NotAuthenticated");
  net.breaks("Login", ErrorKind::Transport);
  const Error error = remove_fails();
  EXPECT_EQ(error.kind(), ErrorKind::Transport);
  EXPECT_EQ(error.outcome(), Outcome::NotExecuted);
  EXPECT_THAT(error.what(), HasSubstr("RemoveSnapshot_Task: not carried out"));
  EXPECT_EQ(net.count("RemoveSnapshot_Task"), 1u);
}

TEST_F(ChangesTest, ABrokenConnectionIsNotTriedAgain) {
  net.breaks("RemoveSnapshot_Task", ErrorKind::Transport);
  EXPECT_EQ(remove_fails().outcome(), Outcome::Unknown);
  EXPECT_EQ(net.count("RemoveSnapshot_Task"), 1u);
}

// --- the network: what did not leave was not executed, what left and got no answer may have been

// libcurl's codes; their numbers are part of its ABI.
constexpr int kNoError = 0, kWeirdReply = 8, kNoSuchHost = 6, kNoConnect = 7, kPartial = 18,
              kTimedOut = 28, kTlsFailed = 35, kAborted = 42, kGotNothing = 52, kSendError = 55,
              kNotVerified = 60;

struct Broken {
  const char* name;
  vsphere::Ending ending;
  int code;
  bool bytes_left;
  Outcome outcome;
};

constexpr auto kMayBe = Outcome::Unknown;
constexpr auto kNotExecuted = Outcome::NotExecuted;
using enum vsphere::Ending;

const Broken kBroken[] = {
    {"NoSuchName", Curl, kNoSuchHost, false, kNotExecuted},
    {"Refused", Curl, kNoConnect, false, kNotExecuted},
    {"ConnectTimeOut", Curl, kTimedOut, false, kNotExecuted},
    {"BadCertificate", Curl, kNotVerified, false, kNotExecuted},
    {"Handshake", Curl, kTlsFailed, false, kNotExecuted},
    {"ResetBeforeTheFirstByte", Curl, kSendError, false, kNotExecuted},
    {"StoppedBeforeTheFirstByte", Stopped, kAborted, false, kNotExecuted},
    {"StoppedAfterwards", Stopped, kAborted, true, kMayBe},
    {"ResetMidRequest", Curl, kSendError, true, kMayBe},
    {"KeptAliveConnectionLost", Curl, kNoConnect, true, kMayBe},
    {"NothingReceived", Curl, kGotNothing, true, kMayBe},
    {"NoHeadersInTime", SlowFirstByte, kAborted, true, kMayBe},
    {"BodyCutShort", Curl, kPartial, true, kMayBe},
    {"HeadersCut", HeadersCut, kNoError, true, kMayBe},
    {"CompressionBroken", BadEncoding, kAborted, true, kMayBe},
    {"CompressionBomb", BodyTooLarge, kAborted, true, kMayBe},
    {"SlowDrip", Stalled, kAborted, true, kMayBe},
    {"HeaderFlood", HeadersTooMany, kAborted, true, kMayBe},
    {"NotHttp", Curl, kWeirdReply, true, kMayBe},
};

class BrokenCall : public testing::TestWithParam<Broken> {};

TEST_P(BrokenCall, IsExecutedOnlyPerhaps) {
  vsphere::Failure failure;
  failure.ending = GetParam().ending;
  failure.code = GetParam().code;
  failure.operation = "RemoveSnapshot_Task";
  failure.bytes_left = GetParam().bytes_left;
  EXPECT_EQ(vsphere::curl_error(failure, {}).outcome(), GetParam().outcome);
}

INSTANTIATE_TEST_SUITE_P(Network, BrokenCall, testing::ValuesIn(kBroken),
                         [](const auto& row) { return std::string(row.param.name); });

struct Answer {
  const char* name;
  int status;
  std::string body;
  Outcome outcome;
};

std::vector<Answer> answers() {
  const std::string whole = replies::reference("RemoveSnapshot_Task", "Task", "task-9");
  const std::string html = "<html><title>no</title></html>";
  std::vector<Answer> rows = {
      {"Malformed", 200, whole + "<", kMayBe},
      {"Empty", 200, "", kMayBe},
      {"Html", 200, html, kMayBe},
      {"OtherResponse", 200, replies::reference("CloneVM_Task", "Task", "task-9"), kMayBe},
      {"TwoResponses", 200, whole + whole, kMayBe},
      {"TaskWithAnErrorStatus", 500, whole, kMayBe},
      {"TaskWithARefusalsStatus", 403, whole, kMayBe},
      {"PlainError", 500, html, kMayBe},
      {"ProxyWantsALogin", 407, html, kMayBe},
  };
  for (std::size_t part = 1; part < 16; ++part) {
    rows.push_back({"CutShort", 200, whole.substr(0, whole.size() * part / 16), kMayBe});
  }
  for (const int status : {301, 302, 307, 308, 401, 403, 404, 405}) {
    rows.push_back({"Refused", status, html, kNotExecuted});
    rows.push_back({"RefusedWithoutAWord", status, "", kNotExecuted});
  }
  for (const int status : {429, 502, 503, 504}) rows.push_back({"Busy", status, html, kMayBe});
  return rows;
}

TEST_F(ChangesTest, AnAnswerThatIsNoneIsNoOutcome) {
  for (const Answer& row : answers()) {
    net.answer("RemoveSnapshot_Task", row.body, row.status);
    const Error error = remove_fails();
    EXPECT_EQ(error.outcome(), row.outcome) << row.name << " " << row.status;
    EXPECT_EQ(error.kind(), ErrorKind::Protocol) << row.name;
  }
  EXPECT_EQ(net.count("RemoveSnapshot_Task"), answers().size());
}

}  // namespace
