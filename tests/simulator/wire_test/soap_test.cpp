#include "tests/simulator/wire/soap.h"

#include "tests/simulator/wire_test/small_server.h"

namespace sim {
namespace {

using namespace std::chrono_literals;

class Soap : public SmallServer {};

TEST_F(Soap, SetsAQuotedCookieOnLoginOnly) {
  EXPECT_TRUE(call("RetrieveProperties", kCollector,
                   "<specSet><propSet><type>Folder</type><pathSet>name</pathSet></"
                   "propSet><objectSet><obj type=\"Folder\">group-d1</obj></objectSet></specSet>")
                  .headers.empty());
  const HttpReply reply =
      call("Login", kSessions, "<userName>user</userName><password>secret</password>");
  ASSERT_EQ(reply.headers.size(), 1U);
  EXPECT_EQ(reply.headers[0].first, "Set-Cookie");
  EXPECT_THAT(
      reply.headers[0].second,
      testing::MatchesRegex("vmware_soap_session=\"[0-9a-f]{40}\"; Path=/; HttpOnly; Secure; "));
}

TEST_F(Soap, SetsACookieThatPlainHttpCanSendBack) {
  tls_ = false;
  const HttpReply reply =
      call("Login", kSessions, "<userName>user</userName><password>secret</password>");
  ASSERT_EQ(reply.headers.size(), 1U);
  EXPECT_THAT(reply.headers[0].second, testing::Not(testing::HasSubstr("Secure")));
}

TEST_F(Soap, RefusesAWrongPasswordAsVCenterDoes) {
  const HttpReply reply =
      call("Login", kSessions, "<userName>user</userName><password>wrong</password>");
  EXPECT_EQ(reply.status, 500);
  EXPECT_THAT(reply.body,
              testing::HasSubstr(
                  "<faultcode>ServerFaultCode</faultcode><faultstring>Cannot complete login due to "
                  "an incorrect user name or password.</faultstring><detail><InvalidLoginFault "
                  "xmlns=\"urn:vim25\" xsi:type=\"InvalidLogin\"></InvalidLoginFault></detail>"));
  EXPECT_TRUE(reply.headers.empty());
}

TEST_F(Soap, RefusesASecondLoginOnOneCookie) {
  log_in();
  EXPECT_EQ(
      fault_of(call("Login", kSessions, "<userName>user</userName><password>secret</password>")),
      "InvalidLogin");
}

TEST_F(Soap, KnowsNoLoginButByNameAndPassword) {
  for (const char* method : {"LoginByToken", "LoginExtensionByCertificate", "CloneSession"}) {
    const HttpReply reply = call(method, kSessions, "<locale>en</locale>");
    EXPECT_EQ(fault_of(reply), "NotSupported") << method;
    EXPECT_THAT(reply.body, testing::HasSubstr(std::string("<faultstring>") + method));
    EXPECT_TRUE(reply.headers.empty()) << "no cookie comes of it";
  }
}

TEST_F(Soap, TellsTheVersionItAppliedFromNineOn) {
  const Ref service{"ServiceInstance", "ServiceInstance"};
  EXPECT_TRUE(call("CurrentTime", service).headers.empty()) << "8.0 has no such header";
  WorldOptions newer;
  newer.speed = 0;
  newer.api_version = "9.0.0.0";
  World world(newer);
  SoapEndpoint endpoint(world, table_, sessions_, nullptr, {});
  HttpRequest request;
  request.method = "POST";
  request.path = "/sdk";
  request.body =
      "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>"
      "<CurrentTime xmlns=\"urn:vim25\"><_this type=\"ServiceInstance\">ServiceInstance</_this>"
      "</CurrentTime></s:Body></s:Envelope>";
  using Header = std::pair<std::string, std::string>;
  for (const auto& [action, applied] : {std::pair("urn:vim25/8.0.1.0", "urn:vim25/8.0.1.0"),
                                        std::pair("\"urn:vim25/9.0.0.0\"", "urn:vim25/9.0.0.0"),
                                        std::pair("CurrentTime", "urn:vim25/9.0.0.0")}) {
    request.headers = {{"soapaction", action}};
    const HttpReply reply = endpoint.handle(request);
    EXPECT_EQ(reply.status, 500) << "nobody logged in: faults carry it too";
    EXPECT_THAT(reply.headers, testing::ElementsAre(Header{"X-Applied-Soapaction", applied}));
  }
}

TEST_F(Soap, WantsASessionForAllButTheFirstCalls) {
  const Ref service{"ServiceInstance", "ServiceInstance"};
  EXPECT_EQ(fault_of(call("CurrentTime", service)), "NotAuthenticated");
  log_in();
  EXPECT_EQ(fault_of(call("CurrentTime", service)), "");
  EXPECT_EQ(fault_of(call("Logout", kSessions)), "");
  EXPECT_EQ(fault_of(call("CurrentTime", service)), "NotAuthenticated");
}

TEST_F(Soap, NamesTheMethodThatIsNotThere) {
  const HttpReply reply = call("Levitate_Task", {"VirtualMachine", "vm-1000"});
  EXPECT_EQ(fault_of(reply), "MethodNotFound");
  EXPECT_THAT(reply.body, testing::HasSubstr("<receiver type=\"VirtualMachine\">vm-1000</receiver>"
                                             "<method>Levitate_Task</method>"));
}

TEST_F(Soap, DeniesWithThePrivilegeThatIsMissing) {
  log_in();
  const HttpReply reply = call("SessionIsActive", kSessions, "<sessionID>x</sessionID>");
  EXPECT_EQ(fault_of(reply), "NoPermission");
  EXPECT_THAT(reply.body,
              testing::HasSubstr("<privilegeId>Sessions.ValidateSession</privilegeId>"));
}

TEST_F(Soap, BlamesTheClientForWhatIsNoCall) {
  HttpRequest request;
  request.method = "POST";
  request.path = "/sdk";
  request.body = "<html>";
  const HttpReply reply = endpoint_.handle(request);
  EXPECT_EQ(reply.status, 500);
  EXPECT_THAT(reply.body, testing::HasSubstr("<faultcode>ClientFaultCode</faultcode>"));
  EXPECT_THAT(reply.body, testing::Not(testing::HasSubstr("<detail>")));
}

TEST_F(Soap, ListsTheVersionsItSpeaksNewestFirst) {
  HttpRequest request;
  request.method = "GET";
  request.path = "/sdk/vimServiceVersions.xml";
  ASSERT_TRUE(last_.load_string(endpoint_.handle(request).body.c_str()));
  EXPECT_STREQ(last_.select_node("//namespace[1]/version").node().text().get(), "8.0.2.0");
  const auto prior = texts(last_, "//priorVersions/version");
  EXPECT_EQ(prior.front(), "8.0.1.0");
  EXPECT_THAT(prior, testing::Contains("6.7.3"));
}

TEST(VersionOfAction, TakesQuotedAndPlain) {
  EXPECT_EQ(version_of_action("\"urn:vim25/8.0.2.0\""), "8.0.2.0");
  EXPECT_EQ(version_of_action("urn:vim25/5.5"), "5.5");
  EXPECT_EQ(version_of_action("RetrieveServiceContent"), "");
}

class SessionsTest : public testing::Test {
 protected:
  SessionsTest() : world_(WorldOptions{.speed = 0}), sessions_(options()) {}
  SessionOptions options() {
    SessionOptions made;
    made.limit = 2;
    made.idle = 1800s;
    made.clock = [this] { return now_; };
    return made;
  }
  Time now_{};
  World world_;
  Sessions sessions_;
};

TEST_F(SessionsTest, ForgetsASessionThatWasIdleTooLong) {
  const std::string cookie = sessions_.open(world_, "u")->cookie;
  now_ += 1700s;
  EXPECT_NE(sessions_.find(world_, cookie), nullptr);
  now_ += 1700s;
  EXPECT_NE(sessions_.find(world_, cookie), nullptr);
  now_ += 1801s;
  EXPECT_EQ(sessions_.find(world_, cookie), nullptr);
}

TEST_F(SessionsTest, KeepsASessionThatWaitsForUpdates) {
  SessionState* const session = sessions_.open(world_, "u");
  session->waiting = 1;
  now_ += 7200s;
  EXPECT_NE(sessions_.find(world_, session->cookie), nullptr);
}

TEST_F(SessionsTest, OpensNoMoreThanItsLimit) {
  sessions_.open(world_, "u");
  const std::string second = sessions_.open(world_, "u")->cookie;
  EXPECT_EQ(sessions_.open(world_, "u"), nullptr);
  sessions_.close(second);
  EXPECT_NE(sessions_.open(world_, "u"), nullptr);
}

TEST_F(SessionsTest, LosesThemAllWhenTheServerRestarts) {
  const std::string cookie = sessions_.open(world_, "u")->cookie;
  world_.restart();
  EXPECT_EQ(sessions_.find(world_, cookie), nullptr);
}

/// One rule for every call, and what it was told afterwards.
class OneRule : public Hooks {
 public:
  Interference before(const Exchange& exchange, World&) override {
    asked.push_back(exchange.method);
    return rule;
  }
  void after(const Exchange&, const Outcome& outcome, World&) override {
    outcomes.push_back(outcome);
  }
  Interference rule;
  std::vector<std::string> asked;
  std::vector<Outcome> outcomes;
};

class Ruled : public SmallServer {
 protected:
  Ruled() : SmallServer(3, &rules()) { rules() = OneRule(); }
  static OneRule& rules() {
    static OneRule one;
    return one;
  }
};

TEST_F(Ruled, AnswersAFaultInsteadOfExecuting) {
  log_in();
  rules().rule.fault = FaultValue{.type = "HostNotConnected", .message = "no"};
  EXPECT_EQ(fault_of(call("CreateContainerView", kViews)), "HostNotConnected");
  EXPECT_FALSE(rules().outcomes.back().executed);
  EXPECT_EQ(rules().outcomes.back().fault, "HostNotConnected");
  EXPECT_EQ(sessions_.list().front()->views->serial, 0U);
}

TEST_F(Ruled, DropsBeforeExecutingOrAfter) {
  log_in();
  const std::string folder = "<container type=\"Folder\">group-d1</container>";
  rules().rule.drop_before = true;
  EXPECT_TRUE(call("CreateContainerView", kViews, folder).drop);
  EXPECT_EQ(sessions_.list().front()->views->serial, 0U);
  rules().rule = {.drop_after = true};
  EXPECT_TRUE(call("CreateContainerView", kViews, folder).drop);
  EXPECT_EQ(sessions_.list().front()->views->serial, 1U);
  EXPECT_TRUE(rules().outcomes.back().executed);
  EXPECT_THAT(rules().outcomes.back().result, testing::StartsWith("session["));
}

TEST_F(Ruled, ReplacesTheReply) {
  HttpReply page;
  page.status = 503;
  page.content_type = "text/html";
  page.body = "<html>no healthy upstream</html>";
  rules().rule.replace = page;
  const HttpReply reply = call("CurrentTime", {"ServiceInstance", "ServiceInstance"});
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.body, page.body);
  EXPECT_FALSE(rules().outcomes.back().executed);
}

TEST_F(Ruled, CutsTheReplyInTheMiddle) {
  log_in();
  rules().rule.cut_mid_reply = true;
  const HttpReply reply = call("CurrentTime", {"ServiceInstance", "ServiceInstance"});
  EXPECT_EQ(reply.cut_after, reply.body.size() / 2);
}

}  // namespace
}  // namespace sim
