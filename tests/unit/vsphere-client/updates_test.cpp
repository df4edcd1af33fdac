#include <memory>

#include "session_fixture.h"
#include "vsphere-client/properties.h"
#include "vsphere-client/xml_read.h"

namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using vsphere::Error;
using vsphere::ErrorKind;
using vsphere::UpdateKind;
using vsphere::UpdateStream;

class UpdatesTest : public SessionFixture {
 protected:
  void SetUp() override { open(); }

  void script_build() {
    reference("CreatePropertyCollector", "PropertyCollector", "session[a]pc");
    reference("CreateContainerView", "ContainerView", "session[a]view");
    reference("CreateFilter", "PropertyFilter", "session[a]filter");
  }
  void script_end() {
    done("DestroyPropertyFilter");
    done("DestroyPropertyCollector");
    done("DestroyView");
  }
  std::unique_ptr<UpdateStream> watch() {
    script_build();
    return std::make_unique<UpdateStream>(
        session, vsphere::MoRef{"Folder", "group-d1"},
        std::vector<vsphere::PropertySpec>{{"VirtualMachine", {"name", "snapshot"}}});
  }
  bool next(UpdateStream& stream, std::chrono::seconds wait = 30s) {
    return stream.next(
        wait,
        [this](const vsphere::ObjectUpdate& update) {
          constexpr char kSigns[] = "+*-";
          std::string line = kSigns[static_cast<int>(update.kind)] + update.object.value;
          for (const auto& change : update.changes) {
            line += " " + change.path + "=" +
                    (change.value ? vsphere::text_of(change.value) : "(unset)");
          }
          seen.push_back(line);
        },
        [this] { seen.emplace_back("resync"); });
  }
  ErrorKind failing(UpdateStream& stream) {
    try {
      next(stream);
    } catch (const Error& error) {
      return error.kind();
    }
    throw std::logic_error("did not throw");
  }
  std::string last_version() const {
    const std::string& body = net.sent.back().body;
    const std::size_t from = body.find("<version>") + 9;
    return body.substr(from, body.find("</version>") - from);
  }

  std::vector<std::string> seen;
};

TEST_F(UpdatesTest, FilterHangsOnACollectorOfItsOwnAndWantsWholeValues) {
  auto stream = watch();
  EXPECT_THAT(net.sent[3].body,
              HasSubstr("<_this type=\"PropertyCollector\">propertyCollector</_this>"));
  EXPECT_THAT(net.sent[5].body,
              HasSubstr("<_this type=\"PropertyCollector\">session[a]pc</_this><spec><propSet>"));
  EXPECT_THAT(net.sent[5].body, HasSubstr("</spec><partialUpdates>false</partialUpdates>"));
  EXPECT_EQ(net.sent[5].channel, vsphere::Channel::Updates);
  script_end();
}

TEST_F(UpdatesTest, TruncatedAnswersAreContinuedAtOnceEachVersionOnce) {
  auto stream = watch();
  reply("WaitForUpdatesEx-truncated");
  reply("WaitForUpdatesEx-last");
  EXPECT_TRUE(next(*stream));
  EXPECT_THAT(seen, ElementsAre("+vm-1 name=web snapshot=(unset)", "+vm-2 name=db"));
  EXPECT_THAT(net.sent[6].body,
              HasSubstr("<version></version><options><maxWaitSeconds>30</maxWaitSeconds>"));
  EXPECT_GE(net.sent[6].first_byte_timeout, 31s);
  EXPECT_THAT(net.sent[7].body,
              HasSubstr("<version>0_1</version><options><maxWaitSeconds>0</maxWaitSeconds>"));
  reply("WaitForUpdatesEx-quiet");
  EXPECT_FALSE(next(*stream));
  EXPECT_EQ(last_version(), "1");
  reply("WaitForUpdatesEx-changes");
  EXPECT_TRUE(next(*stream));
  EXPECT_EQ(last_version(), "1");
  EXPECT_EQ(seen.back(), "-vm-2");
  EXPECT_EQ(seen[2], "*vm-1 runtime.powerState=poweredOff");
  script_end();
}

TEST_F(UpdatesTest, AWholeVersionIsUsedAgainAfterABrokenConnection) {
  auto stream = watch();
  reply("WaitForUpdatesEx-last");
  next(*stream);
  net.breaks("WaitForUpdatesEx", ErrorKind::Transport);
  EXPECT_EQ(failing(*stream), ErrorKind::Transport);
  reply("WaitForUpdatesEx-changes");
  next(*stream);
  EXPECT_EQ(last_version(), "1");
  EXPECT_THAT(seen, ElementsAre("+vm-2 name=db", "*vm-1 runtime.powerState=poweredOff", "-vm-2"));
  script_end();
}

TEST_F(UpdatesTest, ATruncatedVersionIsNeverUsedAgain) {
  auto stream = watch();
  reply("WaitForUpdatesEx-truncated");
  net.breaks("WaitForUpdatesEx", ErrorKind::Transport);
  EXPECT_EQ(failing(*stream), ErrorKind::Transport);
  reply("WaitForUpdatesEx-last");
  next(*stream);
  EXPECT_EQ(last_version(), "");
  EXPECT_THAT(seen, ElementsAre("+vm-1 name=web snapshot=(unset)", "resync", "+vm-2 name=db"));
  script_end();
}

TEST_F(UpdatesTest, AFirstAnswerCutOffStartsOver) {
  auto stream = watch();
  const std::string body = replies::load("WaitForUpdatesEx-truncated");
  net.breaks("WaitForUpdatesEx", ErrorKind::Transport, body.substr(0, body.find("</filterSet>")));
  EXPECT_EQ(failing(*stream), ErrorKind::Transport);
  reply("WaitForUpdatesEx-last");
  next(*stream);
  EXPECT_THAT(seen, ElementsAre("+vm-1 name=web snapshot=(unset)", "resync", "+vm-2 name=db"));
  script_end();
}

TEST_F(UpdatesTest, AVersionThatTheServerForgotStartsOver) {
  auto stream = watch();
  reply("WaitForUpdatesEx-last");
  next(*stream);
  fault("WaitForUpdatesEx", "InvalidCollectorVersion");
  reply("WaitForUpdatesEx-last");
  EXPECT_TRUE(next(*stream));
  EXPECT_EQ(last_version(), "");
  EXPECT_THAT(seen, ElementsAre("+vm-2 name=db", "resync", "+vm-2 name=db"));
  fault("WaitForUpdatesEx", "InvalidCollectorVersion");
  fault("WaitForUpdatesEx", "InvalidCollectorVersion");
  EXPECT_EQ(failing(*stream), ErrorKind::Fault);
  script_end();
}

TEST_F(UpdatesTest, ANewLoginRebuildsEverything) {
  auto stream = watch();
  reply("WaitForUpdatesEx-last");
  next(*stream);
  fault("WaitForUpdatesEx", "NotAuthenticated");
  reply("Login");
  script_build();
  reply("WaitForUpdatesEx-last");
  EXPECT_TRUE(next(*stream));
  EXPECT_THAT(seen, ElementsAre("+vm-2 name=db", "resync", "+vm-2 name=db"));
  script_end();
}

TEST_F(UpdatesTest, ALoginMadeElsewhereRebuildsEverything) {
  auto stream = watch();
  reply("Login");
  session.renew(1);
  script_build();
  reply("WaitForUpdatesEx-last");
  next(*stream);
  EXPECT_THAT(seen, ElementsAre("+vm-2 name=db"));
  script_end();
}

TEST_F(UpdatesTest, AnExpiryThatShowsOnlyInMissingPropertiesRebuilds) {
  auto stream = watch();
  net.answer("WaitForUpdatesEx",
             replies::response(
                 "WaitForUpdatesEx",
                 "<returnval><version>1</version><filterSet><objectSet><kind>enter</kind>"
                 "<obj type=\"VirtualMachine\">vm-1</obj><missingSet><path>name</path><fault>"
                 "<fault xsi:type=\"NotAuthenticated\"/></fault></missingSet></objectSet>"
                 "</filterSet></returnval>"));
  reply("Login");
  script_build();
  reply("WaitForUpdatesEx-last");
  next(*stream);
  EXPECT_THAT(seen, ElementsAre("+vm-2 name=db"));
  script_end();
}

TEST_F(UpdatesTest, ACollectorThatVanishedIsBuiltAnew) {
  auto stream = watch();
  net.answer("WaitForUpdatesEx",
             replies::envelope(
                 "<soapenv:Fault><faultstring/><detail><a xsi:type=\"ManagedObjectNotFound\">"
                 "<obj type=\"PropertyCollector\">session[a]pc</obj></a></detail></soapenv:Fault>"),
             500);
  script_end();
  script_build();
  reply("WaitForUpdatesEx-last");
  next(*stream);
  EXPECT_THAT(seen, ElementsAre("+vm-2 name=db"));
  script_end();
}

TEST_F(UpdatesTest, OneObjectIsWatchedWithoutAView) {
  reference("CreatePropertyCollector", "PropertyCollector", "session[a]pc");
  reference("CreateFilter", "PropertyFilter", "session[a]filter");
  UpdateStream stream(session, {"TaskManager", "TaskManager"},
                      vsphere::PropertySpec{"TaskManager", {"recentTask"}});
  EXPECT_THAT(
      net.sent.back().body,
      HasSubstr(
          "<objectSet><obj type=\"TaskManager\">TaskManager</obj><skip>false</skip></objectSet>"));
  done("DestroyPropertyFilter");
  done("DestroyPropertyCollector");
}

TEST_F(UpdatesTest, AFilterThatIsRefusedLeavesNothingBehind) {
  reference("CreatePropertyCollector", "PropertyCollector", "session[a]pc");
  reference("CreateContainerView", "ContainerView", "session[a]view");
  fault("CreateFilter", "NoPermission");
  done("DestroyPropertyCollector");
  done("DestroyView");
  const std::vector<vsphere::PropertySpec> specs = {{"VirtualMachine", {"name"}}};
  EXPECT_THROW(UpdateStream(session, vsphere::MoRef{"Folder", "group-d1"}, specs), Error);
}

TEST_F(UpdatesTest, AServerOutOfReachIsAskedOnlyOnceToCleanUp) {
  auto stream = watch();
  net.breaks("DestroyPropertyFilter", ErrorKind::Unreachable);
  stream.reset();
  EXPECT_EQ(net.count("DestroyView"), 0u);
}

TEST_F(UpdatesTest, UnknownKindsAndMissingVersionsAreRefused) {
  auto stream = watch();
  for (const char* inside :
       {"<returnval><version>1</version><filterSet><objectSet><kind>vanish</kind>"
        "<obj type=\"a\">b</obj></objectSet></filterSet></returnval>",
        "<returnval><version>1</version><filterSet><objectSet><kind>enter</kind>"
        "</objectSet></filterSet></returnval>",
        "<returnval><filterSet/></returnval>"}) {
    net.answer("WaitForUpdatesEx", replies::response("WaitForUpdatesEx", inside));
    EXPECT_EQ(failing(*stream), ErrorKind::Protocol) << inside;
  }
  EXPECT_THAT(seen, IsEmpty());
  script_end();
}

}  // namespace
