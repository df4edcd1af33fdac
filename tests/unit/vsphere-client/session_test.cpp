#include "vsphere-client/session.h"

#include "session_fixture.h"

namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;
using vsphere::Error;
using vsphere::ErrorKind;
using vsphere::Session;
using vsphere::SoapRequest;

const SoapRequest kAsk("CurrentTime", {"ServiceInstance", "ServiceInstance"});

class SessionTest : public SessionFixture {};

template <class Call>
Error error_of(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  throw std::logic_error("did not throw");
}

TEST_F(SessionTest, AgreesOnAVersionReadsTheContentAndLogsIn) {
  open();
  EXPECT_EQ(session.version(), "8.0.2.0");
  EXPECT_EQ(session.content().instance_uuid, "0fc0ffee-0000-4000-8000-000000000001");
  EXPECT_TRUE(session.content().is_vcenter);
  EXPECT_EQ(session.content().perf_manager, (vsphere::MoRef{"PerformanceManager", "PerfMgr"}));
  EXPECT_EQ(session.user(), "VSPHERE.LOCAL\\svc");
  EXPECT_EQ(session.session_key(), "52d1c5f0-0000-1111-2222-333344445555");
  EXPECT_EQ(session.logins(), 1);
  EXPECT_EQ(net.sent[0].verb, vsphere::Verb::Get);
  EXPECT_EQ(net.sent[0].path, "/sdk/vimServiceVersions.xml");
  EXPECT_THAT(net.sent[2].headers, Contains(Pair("SOAPAction", "\"urn:vim25/8.0.2.0\"")));
  EXPECT_THAT(net.sent[2].body,
              HasSubstr("<userName>svc</userName><password>pw1</password><locale>en</locale>"));
  EXPECT_THAT(net.sent[2].body, HasSubstr("<operationID>deltakeep-"));
  EXPECT_NE(net.sent[1].body, net.sent[2].body);
}

TEST_F(SessionTest, FallsBackToTheVersionThatTheServerNamesItself) {
  net.answer("vimServiceVersions.xml", "<html>no</html>", 404);
  net.answer("RetrieveServiceContent", replies::load("RetrieveServiceContent"));
  net.answer("Login", replies::load("Login"));
  session.open();
  EXPECT_THAT(net.sent[1].headers, Contains(Pair("SOAPAction", "\"urn:vim25/5.5\"")));
  EXPECT_EQ(session.version(), "8.0.2.0");
}

TEST_F(SessionTest, SaysWhatIsWrongWhenTheUrlLeadsElsewhere) {
  net.answer("vimServiceVersions.xml", "<html><title>Shop</title></html>");
  net.answer("RetrieveServiceContent", "<html><title>Shop</title></html>");
  const Error error = error_of([&] { session.open(); });
  EXPECT_EQ(error.kind(), ErrorKind::Protocol);
  EXPECT_THAT(error.what(), HasSubstr("HTML page titled 'Shop'"));
}

TEST_F(SessionTest, TriesARefusedPasswordExactlyOnce) {
  net.answer("vimServiceVersions.xml", replies::load("vimServiceVersions"));
  reply("RetrieveServiceContent");
  fault("Login", "InvalidLogin");
  const Error error = error_of([&] { session.open(); });
  EXPECT_EQ(error.kind(), ErrorKind::Login);
  EXPECT_EQ(net.count("Login"), 1u);
  EXPECT_THAT(error.what(), HasSubstr("(user svc)"));
  EXPECT_THAT(error.what(), Not(HasSubstr("pw1")));
}

TEST_F(SessionTest, TriesAChangedPasswordOnceMore) {
  passwords = {{"svc", "old"}, {"svc", "new"}, {"svc", "newer"}};
  net.answer("vimServiceVersions.xml", replies::load("vimServiceVersions"));
  reply("RetrieveServiceContent");
  fault("Login", "InvalidLogin");
  fault("Login", "InvalidLogin");
  EXPECT_EQ(error_of([&] { session.open(); }).kind(), ErrorKind::Login);
  EXPECT_EQ(net.count("Login"), 2u);
  EXPECT_THAT(net.sent.back().body, HasSubstr("<password>new</password>"));
}

TEST_F(SessionTest, LogsInAgainOnceAndRepeatsTheCall) {
  open();
  int hooks = 0;
  session.on_relogin([&] { ++hooks; });
  fault("CurrentTime", "NotAuthenticated");
  reply("Login");
  reply("CurrentTime");
  using namespace std::chrono_literals;
  const vsphere::Time day = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22};
  EXPECT_EQ(session.fetch_current_time(), day + 2h + 500ms);
  EXPECT_EQ(hooks, 1);
  EXPECT_EQ(session.logins(), 2);
  EXPECT_EQ(net.forgotten, 3);
}

TEST_F(SessionTest, GivesUpWhenTheNewSessionIsRefusedToo) {
  open();
  fault("CurrentTime", "NotAuthenticated");
  reply("Login");
  fault("CurrentTime", "NotAuthenticated");
  EXPECT_EQ(error_of([&] { session.call(kAsk); }).kind(), ErrorKind::NotAuthenticated);
  EXPECT_EQ(net.count("Login"), 2u);
}

TEST_F(SessionTest, RepeatsNothingThatMustNotBeRepeated) {
  open();
  fault("CurrentTime", "NotAuthenticated");
  reply("Login");
  EXPECT_EQ(error_of([&] { session.call(kAsk, Session::Retry::Never); }).kind(),
            ErrorKind::NotAuthenticated);
  EXPECT_EQ(session.logins(), 2);
  fault("CurrentTime", "NotAuthenticated");
  EXPECT_EQ(error_of([&] { session.call(kAsk, Session::Retry::NoLogin); }).kind(),
            ErrorKind::NotAuthenticated);
  EXPECT_EQ(session.logins(), 2);
}

TEST_F(SessionTest, LogsInOnceForTwoWhoNoticed) {
  open();
  reply("Login");
  session.renew(1);
  session.renew(1);
  EXPECT_EQ(session.logins(), 2);
}

TEST_F(SessionTest, KeepsReferencesGivenOutBeforeANewLogin) {
  open();
  const std::string& before = session.session_key();
  reply("Login");
  session.renew(1);
  EXPECT_EQ(before, session.session_key());
}

TEST_F(SessionTest, LogsOutOnceEvenAfterErrors) {
  {
    Session other{net, [] { return vsphere::Credentials{"svc", "pw"}; }};
    script_open();
    other.open();
    net.breaks("CurrentTime", ErrorKind::Transport);
    EXPECT_EQ(error_of([&] { other.call(kAsk); }).kind(), ErrorKind::Transport);
    net.breaks("Logout", ErrorKind::Transport);
    other.close();
    other.close();
  }
  EXPECT_EQ(net.count("Logout"), 1u);
  EXPECT_TRUE(net.sent.back().farewell);
}

TEST_F(SessionTest, DoesNotLogOutWithoutALogin) {
  net.answer("vimServiceVersions.xml", replies::load("vimServiceVersions"));
  net.breaks("RetrieveServiceContent", ErrorKind::Transport);
  EXPECT_EQ(error_of([&] { session.open(); }).kind(), ErrorKind::Transport);
  session.close();
  EXPECT_EQ(net.count("Logout"), 0u);
}

TEST(Versions, TheNewestKnownOneIsChosenAndNoUnknownLabelEchoed) {
  EXPECT_EQ(vsphere::negotiate_version(replies::load("vimServiceVersions")), "8.0.2.0");
  const auto offer = [](const std::string& version) {
    return vsphere::negotiate_version("<namespaces><namespace><name>urn:vim25</name><version>" +
                                      version + "</version></namespace></namespaces>");
  };
  EXPECT_EQ(offer("8.0.3.0"), "8.0.3.0");
  EXPECT_EQ(offer("99.0"), "");
  EXPECT_EQ(offer("2.5u2"), "");
  EXPECT_EQ(vsphere::negotiate_version("not XML"), "");
  EXPECT_EQ(vsphere::negotiate_version(
                "<namespaces><namespace><name>urn:vim2</name><version>6.5</version>"
                "</namespace></namespaces>"),
            "");
}

}  // namespace
