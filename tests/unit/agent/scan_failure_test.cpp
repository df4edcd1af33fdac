// Why a scan came to nothing is kept short and without secrets, and keeping it never gets in the
// way.
#include "agent/act/scan_failure.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

namespace agent {
namespace {

class FixedClock final : public Clock {
 public:
  policy::Time now() const override {
    return std::chrono::sys_days{std::chrono::year{2026} / 11 / 22};
  }
};

class KeptFailure : public testing::Test {
 protected:
  KeptFailure()
      : directory_(std::filesystem::temp_directory_path() /
                   ("deltakeep-failure-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(directory_);
    endpoint_.name = "prod";
    endpoint_.password_env = "SECRET";
  }
  ~KeptFailure() override { std::filesystem::remove_all(directory_); }

  storage::Store open(storage::Access access) const {
    return storage::Store::open((directory_ / "state.db").string(), access);
  }
  std::string kept(const std::string& message) {
    storage::Store store = open(storage::Access::ReadWrite);
    keep_failure({.kind = "fault", .message = message}, "prod", store, context_);
    return store.scan_failures().at(0).message;
  }
  std::string told(const std::string& message) const {
    return without_secrets(message, endpoint_, environment_);
  }

  std::filesystem::path directory_;
  VcenterConfig endpoint_;
  Environment environment_{{"SECRET", "hunter2"}};
  FixedClock clock_;
  std::ostringstream said_;
  Log log_{said_, LogLevel::Debug};
  Context context_{.config = {},
                   .environment = environment_,
                   .clock = clock_,
                   .stop = {},
                   .watch = {},
                   .log = &log_};
};

TEST_F(KeptFailure, LosesThePasswordWhereverAServerSentItBack) {
  EXPECT_EQ(told("hunter2: no, not hunter2hunter2"), "REDACTED: no, not REDACTEDREDACTED");
  EXPECT_EQ(told("<password>another</password>"), "<password>REDACTED</password>");
}

TEST_F(KeptFailure, IsLeftAloneWhenThePasswordIsTooShortOrCannotBeRead) {
  environment_["SECRET"] = "a";
  EXPECT_EQ(told("a bad answer"), "a bad answer");
  environment_.clear();
  EXPECT_EQ(told("a bad answer"), "a bad answer");
}

TEST_F(KeptFailure, IsCutBetweenCharacters) {
  EXPECT_EQ(kept(std::string(kKeptMessage, 'x')), std::string(kKeptMessage, 'x'));
  std::string umlauts = "x";
  while (umlauts.size() <= kKeptMessage) umlauts += "ü";
  const std::string cut = kept(umlauts);
  EXPECT_LE(cut.size(), kKeptMessage);
  EXPECT_GE(cut.size(), kKeptMessage - 1);
  EXPECT_TRUE(cut.ends_with("ü...")) << cut;
}

TEST_F(KeptFailure, IsCutShortWhenItIsNoUtf8) {
  const std::size_t size = kept(std::string(2 * kKeptMessage, '\x80')).size();
  EXPECT_LE(size, kKeptMessage);
  EXPECT_GT(size, kKeptMessage - 4);
}

TEST_F(KeptFailure, IsNoneWhenAPersonInterrupted) {
  storage::Store store = open(storage::Access::ReadWrite);
  keep_failure({.kind = "interrupted", .message = "^C", .code = ExitCode::Interrupted}, "prod",
               store, context_);
  EXPECT_TRUE(store.scan_failures().empty());
}

TEST_F(KeptFailure, ThatCannotBeStoredIsALineInTheLogAndNoError) {
  open(storage::Access::ReadWrite);
  storage::Store store = open(storage::Access::ReadOnly);
  EXPECT_NO_THROW(keep_failure({.kind = "login", .message = "no"}, "prod", store, context_));
  EXPECT_NE(said_.str().find("not stored"), std::string::npos) << said_.str();
  EXPECT_NE(said_.str().find("endpoint=prod"), std::string::npos) << said_.str();
}

}  // namespace
}  // namespace agent
