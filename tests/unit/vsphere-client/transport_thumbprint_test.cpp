#include <cctype>

#include "tests/unit/vsphere-client/transport_fixture.h"
#include "vsphere-client/tls_check.h"

namespace vsphere {
namespace {

using testing_support::TemporaryFile;

const std::string kNormal = "00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF";
const std::string kPretty =
    "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:"
    "FF";
const std::string kSha1 = "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33";

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

TEST(Thumbprint, AllWaysToWriteOneAreTheSame) {
  for (const std::string& text :
       {kNormal, kPretty, lower(kNormal), lower(kPretty), "sha256:" + kPretty, "SHA256 " + kNormal,
        "sha256: " + kNormal, "SHA256:" + lower(kNormal), "sha256 Fingerprint=" + kPretty,
        "SHA256 Fingerprint=" + kPretty, "  " + kPretty + "\r\n"}) {
    EXPECT_EQ(normal_thumbprint(text), kNormal) << text;
  }
}

TEST(Thumbprint, WhatIsNotAWholeSha256IsRefused) {
  for (const std::string& text :
       {std::string(), kSha1, "sha1:" + kSha1, kNormal.substr(1), kNormal + "0", kPretty + ":",
        kPretty.substr(3), "sha256" + kNormal, std::string("sha256:"), "md5:" + kNormal,
        kNormal.substr(0, 63) + "G", kNormal.substr(0, 62) + " 0",
        kPretty.substr(0, 2) + "-" + kPretty.substr(3), std::string(64, '\0'),
        // as long as a pretty one, with the colons in other places
        "001:1:22" + kPretty.substr(8), std::string(95, ':')}) {
    EXPECT_EQ(normal_thumbprint(text), std::nullopt) << text;
  }
}

TEST(Thumbprint, PrettyFormReadsBack) {
  EXPECT_EQ(pretty_thumbprint(kNormal), kPretty);
  EXPECT_EQ(normal_thumbprint(pretty_thumbprint(kNormal)), kNormal);
}

TEST(Thumbprint, ComparisonTakesNothingForEqualThatIsNot) {
  EXPECT_TRUE(same_thumbprint(kNormal, kNormal));
  EXPECT_FALSE(same_thumbprint(kNormal, kNormal.substr(1)));
  EXPECT_FALSE(same_thumbprint(kNormal, "1" + kNormal.substr(1)));
  EXPECT_FALSE(same_thumbprint("", ""));
}

TEST(Thumbprint, TheLoadedCurlUsesOpenSsl) { EXPECT_TRUE(curl_uses_openssl()); }

TEST(KnownHosts, EntryIsFoundByHostAndPort) {
  const TemporaryFile file("other.example.com:443 " + std::string(64, 'A') + "\n" +
                           "vc.example.com:443 " + kPretty + "\n" + "vc.example.com:8989 " +
                           std::string(64, 'B') + "\n");
  EXPECT_EQ(load_known_host(file.path(), "vc.example.com:443"), kNormal);
  EXPECT_EQ(load_known_host(file.path(), "vc.example.com"), kNormal);
  EXPECT_EQ(load_known_host(file.path(), "VC.Example.com"), kNormal);
  EXPECT_EQ(load_known_host(file.path(), "vc.example.com:8989"), std::string(64, 'B'));
  EXPECT_EQ(load_known_host(file.path(), "vc.example.com:1"), std::nullopt);
  EXPECT_EQ(load_known_host(file.path(), "c.example.com"), std::nullopt);
  EXPECT_EQ(load_known_host(file.path(), ""), std::nullopt);
}

TEST(KnownHosts, Ipv6AddressesHaveNoPortOfTheirOwn) {
  const TemporaryFile file("[fe80::1]:443 " + kNormal + "\n");
  EXPECT_EQ(load_known_host(file.path(), "[fe80::1]"), kNormal);
  EXPECT_EQ(load_known_host(file.path(), "fe80::1"), kNormal);
  EXPECT_EQ(load_known_host(file.path(), "[fe80::1]:443"), kNormal);
  EXPECT_EQ(load_known_host(file.path(), "[fe80::1]:444"), std::nullopt);
}

TEST(KnownHosts, LastSha256EntryCountsAndSha1IsSkipped) {
  const TemporaryFile file("# comment\n\nvc " + std::string(64, 'A') + "\nvc:443 " + kNormal +
                           "\r\nvc " + kSha1 + "\nvc\nesx " + kSha1 + "\n");
  EXPECT_EQ(load_known_host(file.path(), "vc"), kNormal);
  EXPECT_EQ(load_known_host(file.path(), "esx"), std::nullopt);
}

TEST(KnownHosts, UnreadableFileIsAnErrorAndNotAnEmptyList) {
  for (const std::string file : {"/nonexistent/known_hosts", "/"}) {
    try {
      load_known_host(file, "vc");
      ADD_FAILURE() << file;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::Tls);
      expect_message(error, {file, "cannot be read"});
    }
  }
}

}  // namespace
}  // namespace vsphere
