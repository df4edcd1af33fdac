// The HTTP server, asked by libcurl.
#include "tests/simulator/wire/http.h"

#include <curl/curl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "tests/simulator/wire/certificate.h"

namespace sim {
namespace {

struct Got {
  CURLcode code = CURLE_OK;
  long status = 0;
  std::string headers, body;
  long connects = 0;
};

std::size_t append(char* data, std::size_t size, std::size_t count, void* to) {
  static_cast<std::string*>(to)->append(data, size * count);
  return size * count;
}

class Client {
 public:
  Client() : curl_(curl_easy_init(), curl_easy_cleanup) {
    curl_easy_setopt(curl_.get(), CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(curl_.get(), CURLOPT_SSL_VERIFYHOST, 0L);
    curl_easy_setopt(curl_.get(), CURLOPT_WRITEFUNCTION, append);
    curl_easy_setopt(curl_.get(), CURLOPT_HEADERFUNCTION, append);
    curl_easy_setopt(curl_.get(), CURLOPT_TIMEOUT, 30L);
  }
  /// `encoding` null: asks for none and gets the bytes as they are.
  Got post(const std::string& url, const std::string& body, const char* encoding = nullptr) {
    Got got;
    curl_easy_setopt(curl_.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl_.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    curl_easy_setopt(curl_.get(), CURLOPT_POSTFIELDS, body.c_str());
    curl_easy_setopt(curl_.get(), CURLOPT_ACCEPT_ENCODING, encoding);
    curl_easy_setopt(curl_.get(), CURLOPT_WRITEDATA, &got.body);
    curl_easy_setopt(curl_.get(), CURLOPT_HEADERDATA, &got.headers);
    got.code = curl_easy_perform(curl_.get());
    curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &got.status);
    curl_easy_getinfo(curl_.get(), CURLINFO_NUM_CONNECTS, &got.connects);
    return got;
  }

 private:
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl_;
};

ListenOptions tls_options() {
  static const Certificate certificate = make_certificate({"localhost", "127.0.0.1"});
  ListenOptions options;
  options.certificate_pem = certificate.certificate_pem;
  options.key_pem = certificate.key_pem;
  return options;
}

std::string url_of(const HttpServer& server, const std::string& path = "/sdk") {
  return "https://127.0.0.1:" + std::to_string(server.port()) + path;
}

TEST(HttpServer, HandsOverTheWholeRequest) {
  HttpRequest seen;
  const HttpServer server(tls_options(), [&](const HttpRequest& request) {
    seen = request;
    HttpReply reply;
    reply.body = request.body;
    reply.headers.emplace_back("X-Test", "yes");
    return reply;
  });
  const std::string body(100'000, 'x');
  const Got got = Client().post(url_of(server, "/sdk?a=b"), body);
  EXPECT_EQ(got.code, CURLE_OK);
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, body);
  EXPECT_THAT(got.headers, testing::HasSubstr("X-Test: yes"));
  EXPECT_EQ(seen.path, "/sdk");
  EXPECT_EQ(seen.query.at("a"), "b");
  EXPECT_EQ(seen.peer, "127.0.0.1");
}

TEST(HttpServer, KeepsTheConnection) {
  const HttpServer server(tls_options(), [](const HttpRequest&) { return HttpReply(); });
  Client client;
  EXPECT_EQ(client.post(url_of(server), "1").connects, 1);
  EXPECT_EQ(client.post(url_of(server), "2").connects, 0);
}

TEST(HttpServer, CompressesLongRepliesForThoseWhoAsk) {
  const HttpServer server(tls_options(), [](const HttpRequest& request) {
    HttpReply reply;
    reply.body = std::string(request.body == "long" ? 50'000 : 500, 'y');
    return reply;
  });
  Client client;
  const Got zipped = client.post(url_of(server), "long", "gzip");
  EXPECT_THAT(zipped.headers, testing::HasSubstr("Content-Encoding: gzip"));
  EXPECT_EQ(zipped.body, std::string(50'000, 'y'));
  EXPECT_THAT(client.post(url_of(server), "short", "gzip").headers,
              testing::Not(testing::HasSubstr("Content-Encoding")));
  EXPECT_THAT(client.post(url_of(server), "long").headers,
              testing::Not(testing::HasSubstr("Content-Encoding")));
}

TEST(HttpServer, ClosesWithoutAnAnswer) {
  const HttpServer server(tls_options(), [](const HttpRequest&) {
    HttpReply reply;
    reply.drop = true;
    return reply;
  });
  const Got got = Client().post(url_of(server), "x");
  EXPECT_NE(got.code, CURLE_OK);
  EXPECT_EQ(got.status, 0);
}

TEST(HttpServer, ClosesInTheMiddleOfAReply) {
  const HttpServer server(tls_options(), [](const HttpRequest&) {
    HttpReply reply;
    reply.body = std::string(60'000, 'z');
    reply.cut_after = 30'000;
    return reply;
  });
  const Got got = Client().post(url_of(server), "x");
  EXPECT_NE(got.code, CURLE_OK);
  EXPECT_EQ(got.status, 200);
  EXPECT_LE(got.body.size(), 30'000U);
  EXPECT_GT(got.body.size(), 0U);
}

TEST(HttpServer, DripsAReplyThatIsWholeInTheEnd) {
  const HttpServer server(tls_options(), [](const HttpRequest&) {
    HttpReply reply;
    reply.body = std::string(5'000, 'd');
    reply.bytes_per_second = 100'000;
    return reply;
  });
  EXPECT_EQ(Client().post(url_of(server), "x").body, std::string(5'000, 'd'));
}

TEST(HttpServer, SaysWhatItsHandlerThrew) {
  const HttpServer server(tls_options(), [](const HttpRequest&) -> HttpReply {
    throw std::logic_error("schema: no such field");
  });
  const Got got = Client().post(url_of(server), "x");
  EXPECT_EQ(got.status, 500);
  EXPECT_THAT(got.body, testing::HasSubstr("no such field"));
}

TEST(HttpServer, RefusesABodyThatIsTooLarge) {
  ListenOptions options = tls_options();
  options.largest_body = 1000;
  const HttpServer server(options, [](const HttpRequest&) { return HttpReply(); });
  EXPECT_EQ(Client().post(url_of(server), std::string(1001, 'b')).status, 413);
  EXPECT_EQ(Client().post(url_of(server), std::string(1000, 'b')).status, 200);
}

TEST(HttpServer, SaysWhyItCannotListen) {
  const HttpServer first(tls_options(), [](const HttpRequest&) { return HttpReply(); });
  ListenOptions options = tls_options();
  options.port = first.port();
  EXPECT_THROW(HttpServer(options, [](const HttpRequest&) { return HttpReply(); }),
               std::runtime_error);
  options.host = "example.invalid";
  EXPECT_THROW(HttpServer(options, [](const HttpRequest&) { return HttpReply(); }),
               std::runtime_error);
}

TEST(HttpRequest, FindsACookieAmongOthersQuotesIncluded) {
  HttpRequest request;
  request.headers["cookie"] = "a=1; vmware_soap_session=\"abc\"; vmware=2";
  EXPECT_EQ(request.cookie("vmware_soap_session"), "\"abc\"");
  EXPECT_EQ(request.cookie("vmware"), "2");
  EXPECT_EQ(request.cookie("b"), "");
}

TEST(Certificate, HasAThumbprintOfItsOwn) {
  const std::string one = thumbprint(make_certificate({"localhost"}).certificate_pem);
  EXPECT_THAT(one, testing::MatchesRegex("([0-9A-F][0-9A-F]:){31}[0-9A-F][0-9A-F]"));
  EXPECT_NE(one, thumbprint(make_certificate({"localhost"}).certificate_pem));
}

}  // namespace
}  // namespace sim
