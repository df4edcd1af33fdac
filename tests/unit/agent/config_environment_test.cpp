// GOVC_* in place of a file, where the state goes, and which file is read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "agent/config/config.h"
#include "agent/error.h"

namespace agent {
namespace {

using testing::HasSubstr;
using testing::Not;

const Environment kGovc{{"GOVC_URL", "https://svc:secret@vc.example.com/sdk"},
                        {"HOME", "/home/op"}};

Environment with(Environment env, std::initializer_list<std::pair<const char*, const char*>> more) {
  for (const auto& [name, value] : more) env[name] = value;
  return env;
}

std::string text_of(const std::vector<ConfigProblem>& problems) {
  std::string text;
  for (const ConfigProblem& problem : problems) text += problem.text() + "\n";
  return text;
}

class TempFolder {
 public:
  TempFolder() {
    std::string pattern = testing::TempDir() + "deltakeep-config-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = pattern;
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  std::string file(const std::string& name, const std::string& content, mode_t mode = 0600) const {
    const std::string path = path_ / name;
    std::ofstream(path) << content;
    chmod(path.c_str(), mode);
    return path;
  }
  std::string path() const { return path_; }

 private:
  std::filesystem::path path_;
};

TEST(GovcEnvironment, GivesOneVcenterThatIsOnlyObserved) {
  const ConfigResult result = config_from_environment(kGovc);
  EXPECT_EQ(text_of(result.problems), "");
  EXPECT_EQ(result.config.source, "environment");
  ASSERT_EQ(result.config.vcenters.size(), 1u);
  const VcenterConfig& vcenter = result.config.vcenters.front();
  EXPECT_EQ(vcenter.name, "vc.example.com");
  EXPECT_EQ(vcenter.url, "https://vc.example.com/sdk");
  EXPECT_EQ(vcenter.username, "svc");
  EXPECT_EQ(vcenter.mode, Mode::Observe);
  EXPECT_FALSE(vcenter.insecure);
  EXPECT_EQ(read_password(vcenter, kGovc), "secret");
}

TEST(GovcEnvironment, PrefersTheVariablesToTheUrl) {
  const Environment env = with(kGovc, {{"GOVC_USERNAME", "other"}, {"GOVC_PASSWORD", "better"}});
  const Config config = config_from_environment(env).config;
  EXPECT_EQ(config.vcenters.front().username, "other");
  EXPECT_EQ(read_password(config.vcenters.front(), env), "better");
}

TEST(GovcEnvironment, ReadsUserAndPasswordFromTheFilesTheyName) {
  const TempFolder folder;
  const std::string user = folder.file("user", "from-file\n", 0644);
  const std::string pass = folder.file("pass", "from-file-too\n");
  const Environment env =
      with(kGovc, {{"GOVC_USERNAME", user.c_str()}, {"GOVC_PASSWORD", pass.c_str()}});
  const Config config = config_from_environment(env).config;
  EXPECT_EQ(config.vcenters.front().username, "from-file");
  EXPECT_EQ(read_password(config.vcenters.front(), env), "from-file-too");
}

TEST(GovcEnvironment, TakesItsTrustFromTheSameFilesAsGovc) {
  const Config config =
      config_from_environment(with(kGovc, {{"GOVC_TLS_CA_CERTS", "/ca.pem"},
                                           {"GOVC_TLS_KNOWN_HOSTS", "/known_hosts"},
                                           {"GOVC_INSECURE", "1"}}))
          .config;
  EXPECT_EQ(config.vcenters.front().ca_file, "/ca.pem");
  EXPECT_EQ(config.vcenters.front().known_hosts, "/known_hosts");
  EXPECT_TRUE(config.vcenters.front().insecure);
}

TEST(GovcEnvironment, NamesEveryMistakeAtOnceAndNoSecret) {
  const ConfigResult result =
      config_from_environment({{"GOVC_URL", "http://svc:T0P@vc.example.com"},
                               {"GOVC_INSECURE", "maybe"},
                               {"DELTAKEEP_MODE", "destroy"},
                               {"GOVC_TLS_CA_CERTS", "/a.pem:/b.pem"}});
  const std::string text = text_of(result.problems);
  for (const char* part : {"plain http://", "GOVC_INSECURE is \"maybe\"", "DELTAKEEP_MODE",
                           "GOVC_TLS_CA_CERTS names several", "nowhere to keep the state"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  EXPECT_THAT(text, HasSubstr("environment: "));
  EXPECT_THAT(text, Not(HasSubstr("T0P")));
}

TEST(GovcEnvironment, NeverActsOverAnUnverifiedConnection) {
  EXPECT_EQ(config_from_environment(with(kGovc, {{"DELTAKEEP_MODE", "act"}}))
                .config.vcenters.front()
                .mode,
            Mode::Act);
  const ConfigResult result =
      config_from_environment(with(kGovc, {{"DELTAKEEP_MODE", "act"}, {"GOVC_INSECURE", "true"}}));
  EXPECT_THAT(text_of(result.problems), HasSubstr("not verified"));
}

TEST(GovcEnvironment, IsAProblemWhenItLacksAUrlAUserOrAPassword) {
  EXPECT_THAT(text_of(config_from_environment({{"HOME", "/h"}}).problems),
              HasSubstr("GOVC_URL is not set"));
  const std::string bare =
      text_of(config_from_environment({{"HOME", "/h"}, {"GOVC_URL", "vc.example.com"}}).problems);
  EXPECT_THAT(bare, HasSubstr("no user"));
  EXPECT_THAT(bare, HasSubstr("no password"));
}

TEST(GovcEnvironment, StandsInForAFileWithoutAVcenterAndForNoOther) {
  const ConfigResult stands_in = parse_config("[limits]\nper_host = 2\n", "f.toml", kGovc);
  EXPECT_EQ(text_of(stands_in.problems), "");
  EXPECT_EQ(stands_in.config.vcenters.front().name, "vc.example.com");
  EXPECT_EQ(stands_in.config.limits.per_host, 2);
  const ConfigResult own =
      parse_config("[[vcenter]]\nname='lab'\nurl='lab.example.com'\nusername='u'\ncredential='c'\n",
                   "f.toml", kGovc);
  ASSERT_EQ(own.config.vcenters.size(), 1u);
  EXPECT_EQ(own.config.vcenters.front().name, "lab");
}

TEST(StateFile, LiesWhereTheEnvironmentSays) {
  const auto state = [](const Environment& env) {
    return config_from_environment(env).config.state;
  };
  EXPECT_EQ(state(kGovc), "/home/op/.local/state/deltakeep/state.db");
  EXPECT_EQ(state(with(kGovc, {{"XDG_STATE_HOME", "/xdg"}})), "/xdg/deltakeep/state.db");
  EXPECT_EQ(state(with(kGovc, {{"XDG_STATE_HOME", "relative"}})),
            "/home/op/.local/state/deltakeep/state.db");
  EXPECT_EQ(state(with(kGovc, {{"STATE_DIRECTORY", "/var/lib/a:/var/lib/b"}})),
            "/var/lib/a/state.db");
  EXPECT_EQ(parse_config("", "f", kGovc).config.state, "/var/lib/deltakeep/state.db");
  EXPECT_EQ(parse_config("[agent]\nstate = '/s.db'", "f", with(kGovc, {{"STATE_DIRECTORY", "/d"}}))
                .config.state,
            "/s.db");
}

TEST(LoadConfig, ReadsTheFileThatIsNamed) {
  const TempFolder folder;
  const std::string path = folder.file("c.toml", "[agent]\nstate = '/s.db'\n", 0644);
  std::vector<ConfigProblem> warnings;
  const Config config = load_config(path, kGovc, &warnings);
  EXPECT_EQ(config.source, path);
  EXPECT_EQ(config.state, "/s.db");
  EXPECT_TRUE(warnings.empty());
}

TEST(LoadConfig, WarnsOfAFileThatAnybodyCanWrite) {
  const TempFolder folder;
  std::vector<ConfigProblem> warnings;
  load_config(folder.file("c.toml", "", 0666), kGovc, &warnings);
  EXPECT_THAT(text_of(warnings), HasSubstr("every user can write this file"));
}

TEST(LoadConfig, ThrowsAllProblemsOnePerLine) {
  const TempFolder folder;
  const std::string path = folder.file("c.toml", "a = 1\nb = 2\n");
  try {
    load_config(path, kGovc);
    FAIL() << "took a wrong file";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), "config");
    EXPECT_EQ(error.code(), ExitCode::Usage);
    EXPECT_EQ(error.what(), path + ":1:1: unknown key \"a\" in the file\n" + path +
                                ":2:1: unknown key \"b\" in the file");
  }
}

TEST(LoadConfig, SaysWhyAFileCannotBeRead) {
  const TempFolder folder;
  for (const auto& [path, why] :
       {std::pair{folder.path() + "/none.toml", std::string("No such file")},
        {folder.path(), "not a regular file"},
        {folder.file("big.toml", std::string((1 << 20) + 1, '#')), "longer than"}}) {
    try {
      load_config(path, kGovc);
      FAIL() << "took " << path;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr(path));
      EXPECT_THAT(error.what(), HasSubstr(why));
      EXPECT_EQ(error.code(), ExitCode::Usage);
    }
  }
}

TEST(LoadConfig, FallsBackToTheEnvironmentWhenNoFileIsNamed) {
  if (std::filesystem::exists("/etc/deltakeep/deltakeep.toml")) {
    GTEST_SKIP() << "this machine has a configuration of its own in /etc/deltakeep";
  }
  EXPECT_EQ(load_config("", kGovc).source, "environment");
  try {
    load_config("", {});
    FAIL() << "made a configuration from nothing";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("deltakeep init"));
    EXPECT_THAT(error.what(), HasSubstr("--config"));
  }
}

VcenterConfig vcenter_with_file(const std::string& path) {
  VcenterConfig vcenter;
  vcenter.name = "prod";
  vcenter.password_file = path;
  return vcenter;
}

std::string refusal(const VcenterConfig& vcenter, const Environment& env = {}) {
  try {
    return "accepted: " + read_password(vcenter, env);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), "config");
    EXPECT_EQ(error.code(), ExitCode::Usage);
    EXPECT_THAT(error.what(), HasSubstr("vcenter \"prod\""));
    return error.what();
  }
}

TEST(PasswordFile, LosesItsLineEndAndNothingElse) {
  const TempFolder folder;
  EXPECT_EQ(read_password(vcenter_with_file(folder.file("a", " p w \n")), {}), " p w ");
  EXPECT_EQ(read_password(vcenter_with_file(folder.file("b", "pw\r\n")), {}), "pw");
  EXPECT_EQ(read_password(vcenter_with_file(folder.file("c", "pw", 0400)), {}), "pw");
  const std::string longest(4096, 'x');
  EXPECT_EQ(read_password(vcenter_with_file(folder.file("d", longest)), {}), longest);
}

TEST(PasswordFile, IsReadAgainEachTime) {
  const TempFolder folder;
  const VcenterConfig vcenter = vcenter_with_file(folder.file("a", "old\n"));
  EXPECT_EQ(read_password(vcenter, {}), "old");
  folder.file("a", "new\n");
  EXPECT_EQ(read_password(vcenter, {}), "new");
}

TEST(PasswordFile, IsRefusedWhenOthersCanReadIt) {
  const TempFolder folder;
  for (const mode_t mode : {0640u, 0604u, 0660u, 0602u, 0777u}) {
    const std::string text = refusal(vcenter_with_file(folder.file("a", "T0P\n", mode)));
    EXPECT_THAT(text, HasSubstr("open to other users; chmod 600"));
    EXPECT_THAT(text, Not(HasSubstr("T0P")));
  }
}

TEST(PasswordFile, IsRefusedWhenItIsNoPlainFile) {
  const TempFolder folder;
  const std::string target = folder.file("a", "pw\n");
  std::filesystem::create_symlink(target, folder.path() + "/link");
  EXPECT_THAT(refusal(vcenter_with_file(folder.path() + "/link")), HasSubstr("symbolic link"));
  EXPECT_THAT(refusal(vcenter_with_file(folder.path())), HasSubstr("not a regular file"));
  ASSERT_EQ(mkfifo((folder.path() + "/pipe").c_str(), 0600), 0);
  EXPECT_THAT(refusal(vcenter_with_file(folder.path() + "/pipe")), HasSubstr("not a regular file"));
  EXPECT_THAT(refusal(vcenter_with_file(folder.path() + "/none")), HasSubstr("No such file"));
}

TEST(PasswordFile, IsRefusedWhenItsContentIsNoPassword) {
  const TempFolder folder;
  EXPECT_THAT(refusal(vcenter_with_file(folder.file("a", ""))), HasSubstr("is empty"));
  EXPECT_THAT(refusal(vcenter_with_file(folder.file("b", "\n"))), HasSubstr("is empty"));
  EXPECT_THAT(refusal(vcenter_with_file(folder.file("c", std::string(4097, 'x')))),
              HasSubstr("longer than 4096"));
  EXPECT_THAT(refusal(vcenter_with_file(folder.file("d", "one\ntwo\n"))),
              HasSubstr("more than one line"));
}

TEST(PasswordFile, IsRefusedWhenAnotherUserOwnsIt) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a file to another user";
  const TempFolder folder;
  const std::string path = folder.file("a", "pw\n");
  ASSERT_EQ(chown(path.c_str(), 12345, 12345), 0);
  EXPECT_THAT(refusal(vcenter_with_file(path)), HasSubstr("belongs to another user"));
}

TEST(PasswordVariable, IsReadFromTheEnvironment) {
  VcenterConfig vcenter;
  vcenter.name = "prod";
  vcenter.password_env = "PROD_PASSWORD";
  EXPECT_EQ(read_password(vcenter, {{"PROD_PASSWORD", "pw"}}), "pw");
  EXPECT_THAT(refusal(vcenter), HasSubstr("PROD_PASSWORD (password_env) is not set"));
}

TEST(Credential, IsReadFromTheFolderThatSystemdGives) {
  const TempFolder folder;
  folder.file("prod", "pw\n", 0440);
  VcenterConfig vcenter;
  vcenter.name = "prod";
  vcenter.credential = "prod";
  EXPECT_EQ(read_password(vcenter, {{"CREDENTIALS_DIRECTORY", folder.path()}}), "pw");
  EXPECT_THAT(refusal(vcenter), HasSubstr("LoadCredential=prod"));
}

TEST(GovcPassword, IsHeldToTheSameRulesWhenItIsAFile) {
  const TempFolder folder;
  const std::string path = folder.file("pass", "T0P\n", 0644);
  VcenterConfig vcenter;
  vcenter.name = "prod";
  const std::string text = refusal(vcenter, {{"GOVC_PASSWORD", path}});
  EXPECT_THAT(text, HasSubstr("the file that GOVC_PASSWORD names is open to other users"));
  EXPECT_THAT(text, Not(HasSubstr(path))) << "it might be the password itself";
  EXPECT_EQ(read_password(vcenter, {{"GOVC_PASSWORD", folder.path()}}), folder.path())
      << "a folder is no file, so this is the password";
}

}  // namespace
}  // namespace agent
