#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "tests/unit/vsphere-client/transport_fixture.h"
#include "vsphere-client/replay_transport.h"
#include "vsphere-client/trace_transport.h"

namespace vsphere {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

RecordedReply answer_of(const std::string& name, const std::string& body, Headers headers = {}) {
  RecordedReply reply;
  reply.name = name;
  reply.body = body;
  reply.headers = std::move(headers);
  return reply;
}

std::string all_of(const TraceRecord& record) {
  std::string text = record.operation + record.start_line + record.request_body +
                     record.reply_body + record.failure;
  for (const Headers* headers : {&record.request_headers, &record.reply_headers}) {
    for (const auto& [name, value] : *headers) text += name + ": " + value + "\n";
  }
  return text;
}

TEST(Scrub, SecretElementsLoseTheirContentAndNothingElse) {
  const struct {
    const char* text;
    const char* clean;
  } cases[] = {
      {"<password>hunter2</password><a>b</a>", "<password>REDACTED</password><a>b</a>"},
      {"<v:password xsi:type=\"xsd:string\">hunter2</v:password>",
       "<v:password xsi:type=\"xsd:string\">REDACTED</v:password>"},
      {"<PassWord>hunter2</PassWord>", "<PassWord>REDACTED</PassWord>"},
      {"<guestPassword>hunter2</guestPassword>", "<guestPassword>REDACTED</guestPassword>"},
      {"<vcSessionCookie>\"hunter2\"</vcSessionCookie>",
       "<vcSessionCookie>REDACTED</vcSessionCookie>"},
      {"<saml2:Assertion ID=\"x\"><b>hunter2</b></saml2:Assertion>!",
       "<saml2:Assertion ID=\"x\">REDACTED</saml2:Assertion>!"},
      {"<password/><a>b</a>", "<password/><a>b</a>"},
      {"<password></password>", "<password></password>"},
      {"<password>hunter2", "<password>REDACTED"},
      {"<password>a</pass", "<password>REDACTED"},
      {"<password><password>x</password>hunter2</password>!", "<password>REDACTED</password>!"},
      {"<password><![CDATA[hunter2]]></password>", "<password>REDACTED</password>"},
      {"<device><key>2000</key></device>", "<device><key>2000</key></device>"},
      {"<LoginResponse><returnval><key>hunter2</key><userName>u</userName>",
       "<LoginResponse><returnval><key>REDACTED</key><userName>u</userName>"},
      {"<a <password>hunter2</password>", "<a <password>REDACTED</password>"},
      {"</password<password>hunter2</password>", "</password<password>REDACTED</password>"},
      {"<password <password>x</password>hunter2", "<password REDACTED"},
      {"no markup at all", "no markup at all"},
      {"<", "<"},
      {"", ""},
  };
  for (const auto& one : cases) EXPECT_EQ(Scrubber().body(one.text), one.clean);
}

TEST(Scrub, SecretThatWasSeenOnceIsTakenOutEverywhere) {
  Scrubber scrubber;
  scrubber.headers({{"Set-Cookie", "vmware_soap_session=\"52a1c0-secret\"; Path=/; Secure"}});
  EXPECT_EQ(scrubber.body("<fault>session 52a1c0-secret is gone, Path=/</fault>"),
            "<fault>session REDACTED is gone, Path=/</fault>");
  EXPECT_EQ(scrubber.headers({{"X-Note", "52a1c0-secret"}}), (Headers{{"X-Note", "REDACTED"}}));
}

TEST(Scrub, ShortSecretsAreNotHuntedInOtherText) {
  Scrubber scrubber;
  EXPECT_EQ(scrubber.body("<password>a</password><name>a banana</name>"),
            "<password>REDACTED</password><name>a banana</name>");
}

TEST(Scrub, HeadersOfSessionsAndLoginsLoseTheirValues) {
  for (const std::string name : {"Cookie", "set-cookie", "AUTHORIZATION", "Proxy-Authorization",
                                 "vmware-api-session-id", "X-Auth-Token"}) {
    EXPECT_EQ(Scrubber().headers({{name, "Basic aHVudGVyMg=="}}), (Headers{{name, "REDACTED"}}));
  }
  EXPECT_EQ(Scrubber().headers({{"Content-Type", "text/xml"}}),
            (Headers{{"Content-Type", "text/xml"}}));
}

TEST(TraceTransport, NoSecretLeaksWhateverTheChunkSize) {
  const std::string login_reply =
      "<Envelope><Body><LoginResponse><returnval><key>52-key-hunter2</key><userName>u</userName>"
      "</returnval></LoginResponse></Body></Envelope>";
  for (const std::size_t chunk : {1u, 2u, 7u, 1000u}) {
    ReplayTransport inner(
        {answer_of("Login", login_reply,
                   {{"set-cookie", "vmware_soap_session=\"cookie-hunter2\"; Path=/"}})},
        ReplayTransport::Order::Strict, chunk);
    TraceRecord seen;
    TraceTransport transport(inner, [&seen](const TraceRecord& record) { seen = record; });
    Request login = call_of("Login",
                            "<Envelope><Header><vcSessionCookie>cookie-hunter2</vcSessionCookie>"
                            "</Header><Body><Login><password>pass-hunter2</password></Login></Body>"
                            "</Envelope>");
    login.headers = {{"Cookie", "vmware_soap_session=\"cookie-hunter2\""}, {"SOAPAction", "x"}};
    EXPECT_EQ(send(transport, login).body, login_reply) << "the caller still gets everything";
    EXPECT_THAT(all_of(seen), Not(HasSubstr("hunter2")));
    EXPECT_THAT(all_of(seen), HasSubstr("<userName>u</userName>"));
    EXPECT_THAT(all_of(seen), HasSubstr("SOAPAction: x"));
    EXPECT_EQ(inner.requests().at(0).body, login.body) << "what is sent is not touched";
    EXPECT_EQ(seen.number, 1);
    EXPECT_EQ(seen.status, 200);
  }
}

TEST(TraceTransport, RestSessionIdIsNeverShown) {
  for (const std::string body : {"\"id-hunter2-long\"", "{\"value\":\"id-hunter2-long\"}"}) {
    ReplayTransport inner({answer_of("POST /api/session", body),
                           answer_of("POST /api/x", "{\"echo\":\"id-hunter2-long\"}")});
    std::string seen;
    TraceTransport transport(inner, [&](const TraceRecord& record) { seen += all_of(record); });
    Request login = call_of("login", "");
    login.path = "/api/session";
    login.headers = {{"Authorization", "Basic hunter2"}};
    EXPECT_EQ(send(transport, login).body, body);
    Request other = call_of("other", "{}");
    other.path = "/api/x";
    other.headers = {{"vmware-api-session-id", "id-hunter2-long"}};
    send(transport, other);
    EXPECT_THAT(seen, Not(HasSubstr("hunter2")));
    EXPECT_THAT(seen, HasSubstr("{\"echo\":\"REDACTED\"}"));
  }
}

TEST(TraceTransport, FailureIsShownAndReachesTheCaller) {
  ReplayTransport inner({});
  TraceRecord seen;
  TraceTransport transport(inner, [&seen](const TraceRecord& record) { seen = record; });
  EXPECT_THROW(send(transport, call_of("Login")), std::logic_error);
  EXPECT_THAT(seen.failure, HasSubstr("no reply was recorded"));
  EXPECT_EQ(seen.status, 0);
}

TEST(TraceTransport, FailingSinkDoesNotChangeTheCall) {
  ReplayTransport inner({answer_of("POST /sdk", "ok")});
  TraceTransport transport(inner, [](const TraceRecord&) { throw std::runtime_error("full"); });
  EXPECT_EQ(send(transport).body, "ok");
}

TEST(TraceTransport, ForgettingTheSessionIsPassedOn) {
  ReplayTransport inner({});
  TraceTransport transport(inner, {});
  transport.forget_session();
  EXPECT_EQ(inner.sessions_forgotten(), 1);
}

std::string text_in(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(TraceTransport, FilesAreNumberedPrivateAndScrubbed) {
  std::string parent = (fs::temp_directory_path() / "deltakeep-trace-XXXXXX").string();
  ASSERT_NE(mkdtemp(parent.data()), nullptr);
  const fs::path directory = fs::path(parent) / "trace";
  ReplayTransport inner({answer_of("POST /sdk", "<ok/>", {{"x-a", "1"}})});
  TraceTransport transport(inner, trace_to_directory(directory));
  send(transport, call_of("Login", "<password>hunter2</password>"));
  send(transport, call_of("GET /api/../x"));
  EXPECT_THAT(text_in(directory / "0001-Login.request"),
              testing::StartsWith("POST /sdk\nContent-Type: text/xml"));
  EXPECT_THAT(text_in(directory / "0001-Login.request"),
              HasSubstr("\n\n<password>REDACTED</password>"));
  EXPECT_THAT(text_in(directory / "0001-Login.reply"), testing::StartsWith("200 in "));
  EXPECT_THAT(text_in(directory / "0001-Login.reply"), testing::EndsWith("x-a: 1\n\n<ok/>"));
  EXPECT_TRUE(fs::exists(directory / "0002-GET__api____x.reply"));
  struct stat state {};
  ASSERT_EQ(stat((directory / "0001-Login.request").c_str(), &state), 0);
  EXPECT_EQ(state.st_mode & 0777u, 0600u);
  ASSERT_EQ(stat(directory.c_str(), &state), 0);
  EXPECT_EQ(state.st_mode & 0777u, 0700u);
  EXPECT_THROW(trace_to_directory(directory / "0001-Login.request"), std::runtime_error);
  fs::remove_all(parent);
}

}  // namespace
}  // namespace vsphere
