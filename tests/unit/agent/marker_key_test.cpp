// The key behind the marks: who may hold it, what it signs, and what is never taken for one.
#include "agent/act/execute/marker_key.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>
#include <vector>

#include "agent/error.h"

namespace agent {
namespace {

namespace fs = std::filesystem;
using WhenMissing = MarkerKey::WhenMissing;

class KeyOfAState : public testing::Test {
 protected:
  KeyOfAState() {
    std::string pattern = (fs::temp_directory_path() / "deltakeep-key-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    directory_ = pattern;
    state_ = (directory_ / "state.db").string();
    file_ = MarkerKey::file_of(state_);
  }
  ~KeyOfAState() override {
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
  }

  MarkerKey load(WhenMissing when_missing = WhenMissing::Fail) const {
    return MarkerKey::load(state_, when_missing);
  }
  std::string content() const {
    std::ifstream in(file_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const std::string& text, mode_t mode = 0600) const {
    std::ofstream(file_, std::ios::binary) << text;
    ASSERT_EQ(chmod(file_.c_str(), mode), 0);
  }
  /// What reading it is refused with; "" when it is taken.
  std::string refusal(WhenMissing when_missing = WhenMissing::Create) const {
    try {
      load(when_missing);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), "key");
      EXPECT_EQ(error.code(), ExitCode::Usage);
      EXPECT_NE(std::string(error.what()).find(file_), std::string::npos) << error.what();
      return error.what();
    }
    return {};
  }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(directory_), fs::directory_iterator()));
  }

  fs::path directory_;
  std::string state_, file_;
};

policy::Marker marker() {
  return {.op = "01JD0000000000000000000001",
          .attempt = 2,
          .agent = "0123456789abcdef",
          .endpoint_uuid = "vc-1",
          .instance_uuid = "vm-uuid-1",
          .policy = "daily",
          .helper = false};
}

TEST_F(KeyOfAState, IsMadeOnceAndStaysTheSame) {
  const MarkerKey made = load(WhenMissing::Create);
  EXPECT_TRUE(made.is_new());
  EXPECT_EQ(content().size(), 32U);
  struct stat found {};
  ASSERT_EQ(stat(file_.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777U, 0600U);
  EXPECT_EQ(files(), 1U) << "no draft is left behind";
  const MarkerKey again = load(WhenMissing::Create);
  EXPECT_FALSE(again.is_new());
  EXPECT_EQ(made.mac(marker()), again.mac(marker()));
  EXPECT_EQ(load().mac(marker()), again.mac(marker()));
}

TEST_F(KeyOfAState, HasItsModeWhateverTheUmask) {
  const mode_t before = umask(0777);
  const MarkerKey made = load(WhenMissing::Create);
  umask(before);
  EXPECT_EQ(load().mac(marker()), made.mac(marker()));
}

TEST_F(KeyOfAState, IsAnotherForEachState) {
  const MarkerKey one = load(WhenMissing::Create);
  state_ += "2";
  EXPECT_NE(one.mac(marker()), load(WhenMissing::Create).mac(marker()));
}

TEST_F(KeyOfAState, IsTheSameForAllThatMakeItAtOnce) {
  constexpr std::size_t kThreads = 8;
  std::atomic<std::size_t> ready{0};
  std::vector<std::string> macs(kThreads);
  std::vector<char> made(kThreads, 0);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        ++ready;
        while (ready < kThreads) std::this_thread::yield();
        const MarkerKey key = load(WhenMissing::Create);
        macs[i] = key.mac(marker());
        made[i] = key.is_new() ? 1 : 0;
      });
    }
  }
  for (const std::string& mac : macs) EXPECT_EQ(mac, load().mac(marker()));
  EXPECT_EQ(std::count(made.begin(), made.end(), 1), 1) << "one made it, the others read it";
  EXPECT_EQ(files(), 1U);
}

TEST_F(KeyOfAState, IsNotMadeForThoseWhoOnlyLook) {
  EXPECT_NE(refusal(WhenMissing::Fail).find("not there"), std::string::npos);
  EXPECT_EQ(files(), 0U);
}

TEST_F(KeyOfAState, IsRefusedAsALinkEvenOneThatLeadsToAKey) {
  load(WhenMissing::Create);
  fs::rename(file_, file_ + ".real");
  fs::create_symlink(file_ + ".real", file_);
  EXPECT_NE(refusal().find("symbolic link"), std::string::npos);
}

TEST_F(KeyOfAState, IsNotMadeThroughALinkThatLeadsNowhere) {
  fs::create_symlink(directory_ / "elsewhere", file_);
  EXPECT_NE(refusal().find("symbolic link"), std::string::npos);
  EXPECT_FALSE(fs::exists(directory_ / "elsewhere"));
}

TEST_F(KeyOfAState, IsRefusedWhenOthersCouldReadOrWriteIt) {
  for (const mode_t mode : {0644U, 0640U, 0604U, 0620U, 0602U, 0601U}) {
    write(std::string(32, 'k'), mode);
    EXPECT_NE(refusal().find("chmod 600"), std::string::npos) << std::oct << mode;
  }
  write(std::string(32, 'k'), 0600);
  EXPECT_EQ(refusal(), "");
  write(std::string(32, 'k'), 0400);
  EXPECT_EQ(refusal(), "");
}

TEST_F(KeyOfAState, IsRefusedWhenItIsCutOrLongerThanAKey) {
  for (const std::size_t size : {0U, 1U, 31U, 33U, 4096U}) {
    write(std::string(size, 'k'));
    EXPECT_NE(refusal().find("bytes"), std::string::npos) << size;
  }
}

TEST_F(KeyOfAState, IsRefusedWhenItIsNoFile) {
  fs::create_directory(file_);
  EXPECT_NE(refusal().find("regular file"), std::string::npos);
  fs::remove(file_);
  ASSERT_EQ(mkfifo(file_.c_str(), 0600), 0);
  EXPECT_NE(refusal().find("regular file"), std::string::npos) << "and nobody waits for a writer";
}

TEST_F(KeyOfAState, OfAnotherUserIsRefusedUnlessItIsTheOneWhoOwnsTheState) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a file to another user";
  write(std::string(32, 'k'));
  ASSERT_EQ(chown(file_.c_str(), 12345, 12345), 0);
  EXPECT_NE(refusal().find("another user"), std::string::npos);
  std::ofstream(state_) << "state";
  EXPECT_NE(refusal().find("another user"), std::string::npos) << "the state is root's";
  ASSERT_EQ(chown(state_.c_str(), 12345, 12345), 0);
  EXPECT_EQ(refusal(), "");
  fs::remove(file_);
  load(WhenMissing::Create);
  struct stat found {};
  ASSERT_EQ(stat(file_.c_str(), &found), 0);
  EXPECT_EQ(found.st_uid, 12345U) << "the agent that the state belongs to has to read it";
}

TEST_F(KeyOfAState, ThatCannotBeMadeSaysSo) {
  fs::remove(directory_);
  try {
    load(WhenMissing::Create);
    FAIL() << "made in a directory that is not there";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), "key");
    EXPECT_EQ(error.code(), ExitCode::Failed);
    EXPECT_NE(std::string(error.what()).find(file_), std::string::npos);
  }
}

TEST_F(KeyOfAState, IsInNoMessage) {
  const std::string secret = "SECRETSECRETSECRETSECRETSECRETS";
  write(secret);
  EXPECT_EQ(refusal().find("SECRET"), std::string::npos);
  write(secret + "S", 0644);
  EXPECT_EQ(refusal().find("SECRET"), std::string::npos);
}

TEST_F(KeyOfAState, SignsAsHmacSha256DoesCutToSixteenBytes) {
  write(std::string(32, 'k'));
  const MarkerKey key = load();
  const std::string mac = key.mac(marker());
  EXPECT_EQ(mac.size(), 32U);
  EXPECT_EQ(mac.find_first_not_of("0123456789abcdef"), std::string::npos);
  // Computed by another implementation over the domain text: "domain 5:clonetext".
  EXPECT_EQ(key.mac("clone", "text"), "0474a5ed2690df5e1d43960a94da298c");
}

TEST_F(KeyOfAState, VerifiesNoMarkThatDiffersInAnything) {
  const MarkerKey key = load(WhenMissing::Create);
  const policy::FoundMarker good{.marker = marker(), .mac = key.mac(marker())};
  EXPECT_TRUE(key.verifies(good));
  const auto changed = [&](auto change) {
    policy::FoundMarker other = good;
    change(other);
    return key.verifies(other);
  };
  EXPECT_FALSE(changed([](auto& one) { one.marker.op += "X"; }));
  EXPECT_FALSE(changed([](auto& one) { one.marker.attempt = 1; }));
  EXPECT_FALSE(changed([](auto& one) { one.marker.agent = "other"; }));
  EXPECT_FALSE(changed([](auto& one) { one.marker.endpoint_uuid = "vc-2"; }));
  EXPECT_FALSE(changed([](auto& one) { one.marker.instance_uuid = "vm-uuid-2"; }));
  EXPECT_FALSE(changed([](auto& one) { one.marker.policy.clear(); }));
  EXPECT_FALSE(changed([](auto& one) { one.marker.helper = true; }));
  EXPECT_FALSE(changed([](auto& one) { one.mac.front() = one.mac.front() == '0' ? '1' : '0'; }));
  EXPECT_FALSE(changed([](auto& one) { one.mac.back() = one.mac.back() == '0' ? '1' : '0'; }));
  EXPECT_FALSE(changed([](auto& one) { one.mac.pop_back(); }));
  EXPECT_FALSE(changed([](auto& one) { one.mac += "0"; }));
  EXPECT_FALSE(changed([](auto& one) { one.mac.clear(); }));
}

TEST_F(KeyOfAState, SignsTextsOfDifferentDomainsDifferently) {
  const MarkerKey key = load(WhenMissing::Create);
  EXPECT_NE(key.mac("clone", "text"), key.mac("clon", "etext"));
  EXPECT_NE(key.mac("clone", policy::marker_signed_text(marker())), key.mac(marker()));
  EXPECT_NE(key.mac("", policy::marker_signed_text(marker())), key.mac(marker()));
}

}  // namespace
}  // namespace agent
