// The only includer of CLI11. It splits the words; meaning, help and messages are ours.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>

#include "agent/act/execute/failpoint.h"
#include "agent/cli/commands.h"
#include "agent/cli/nearest.h"
#include "agent/cli/request.h"
#include "agent/cli/safe_text.h"
#include "agent/error.h"

namespace agent {
namespace {

[[noreturn]] void usage_error(const CommandSpec* command, const std::string& what) {
  const std::string usage =
      command ? usage_line(*command) : std::string("deltakeep [FLAGS] COMMAND");
  const std::string help =
      command ? "deltakeep " + std::string(command->path) + " --help" : "deltakeep --help";
  throw Error("usage", ExitCode::Usage,
              what + "\nusage: " + usage + "\nsee \"" + help + "\" for more");
}

std::string in_quotes(std::string_view word) { return "\"" + safe_text(word) + "\""; }

/// In no help and no completion: what tests need and nobody else.
const std::vector<OptionSpec>& hidden_options() {
  static const std::vector<OptionSpec> options{{.name = "--clock", .value = "WHOSE"}};
  return options;
}

#ifdef DELTAKEEP_FAILPOINTS
constexpr const char* kListFailpoints = "--list-failpoints";

std::string failpoints() {
  std::string lines;
  for (const std::string& name : failpoint_names()) lines += name + "\n";
  return lines;
}
#endif

class Parser {
 public:
  Parser() {
    root_.set_help_flag("-h,--help");
    root_.add_flag("--version")->disable_flag_override();
    root_.require_subcommand(0, 1);
    root_.allow_extras();
    add_options(root_, global_options());
    add_options(root_, hidden_options());
#ifdef DELTAKEEP_FAILPOINTS
    root_.add_flag(kListFailpoints)->disable_flag_override();
#endif
    // Groups stand before their members in the table.
    for (const CommandSpec& spec : command_table()) add_command(spec);
  }

  Invocation run(std::vector<std::string> args) {
    refuse_empty_values(args);
    std::reverse(args.begin(), args.end());  // CLI11 takes them from the back
    try {
      root_.parse(args);
    } catch (const CLI::CallForHelp&) {
      const CommandSpec* command = chosen();
      return {{}, HelpRequest{command ? command_help(*command) : overview_help()}};
    } catch (const CLI::ArgumentMismatch& mismatch) {
      usage_error(chosen(), reworded(mismatch.what()));
    } catch (const CLI::ParseError& problem) {
      usage_error(chosen(), safe_text(problem.what()));
    }
    refuse_extras();
#ifdef DELTAKEEP_FAILPOINTS
    if (given(root_).contains(kListFailpoints)) return {global_flags(), HelpRequest{failpoints()}};
#endif
    return {global_flags(), command()};
  }

 private:
  void add_options(CLI::App& app, const std::vector<OptionSpec>& options) {
    for (const OptionSpec& option : options) {
      if (!option.value) {
        app.add_flag(option.name)->disable_flag_override();
        continue;
      }
      // How often an option may come is checked by us, for the message's sake.
      app.add_option(option.name)
          ->type_name(option.value)
          ->expected(1)
          ->allow_extra_args(false)  // else "[a,b]" would be taken apart
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    }
  }

  void add_command(const CommandSpec& spec) {
    const std::string path = spec.path;
    const std::size_t space = path.rfind(' ');
    CLI::App* parent = space == std::string::npos ? &root_ : apps_.at(path.substr(0, space));
    CLI::App* app = parent->add_subcommand(path.substr(space + 1));
    app->fallthrough();  // global flags after the command
    app->allow_extras();
    app->require_subcommand(0, 1);
    add_options(*app, spec.options);
    for (const ArgumentSpec& argument : spec.arguments) {
      app->add_option(argument.name)->expected(1)->allow_extra_args(false);
    }
    apps_[path] = app;
  }

  // CLI11 would take the next word as the value of "--config=".
  static void refuse_empty_values(const std::vector<std::string>& args) {
    for (const std::string& arg : args) {
      if (arg == "--") return;
      if (arg.starts_with("--") && arg.ends_with("=")) {
        usage_error(nullptr, in_quotes(arg) + " has no value");
      }
    }
  }

  const CommandSpec* chosen() const {
    const CommandSpec* deepest = nullptr;
    for (const auto& [path, app] : apps_) {  // a member sorts behind its group
      if (app->parsed()) deepest = find_command(path);
    }
    return deepest;
  }

  static std::string reworded(const std::string& what) {
    std::string name = what.substr(0, what.find_first_of(": "));
    if (!name.starts_with("-")) name.insert(0, "--");
    const bool missing = what.find("missing") != std::string::npos;
    return safe_text(name) + (missing ? " needs a value" : " takes no value");
  }

  [[noreturn]] void refuse(const CommandSpec* command, const std::string& word) const {
    if (word.starts_with("-") && word.size() > 1) {
      const std::string name = word.substr(0, word.find('='));
      const bool short_password = word.starts_with("-p");
      if (name == "--password" || short_password) {
        usage_error(command,
                    "passwords are never taken from the command line, where every user of "
                    "this machine can read them; use a file");
      }
      std::vector<std::string> known{"--help"};
      for (const OptionSpec& option : global_options()) known.emplace_back(option.name);
      if (command) {
        for (const OptionSpec& option : command->options) known.emplace_back(option.name);
      }
      const std::string where = command ? " of " + in_quotes(command->path) : std::string();
      usage_error(command, "unknown option " + in_quotes(name) + where + did_you_mean(name, known));
    }
    const bool group = !command || !command->build;
    const std::string path = command ? command->path : "";
    const std::vector<std::string> words = commands_below(path);
    if (group) {
      usage_error(command, "unknown command " + in_quotes(word) + did_you_mean(word, words));
    }
    usage_error(command, "unexpected argument " + in_quotes(word) + " of " + in_quotes(path));
  }

  void refuse_extras() {
    const CommandSpec* command = chosen();
    for (const std::string& word : root_.remaining(true)) {
      if (word != "--") refuse(command, word);
    }
  }

  Given given(const CLI::App& app) const {
    Given values;
    for (const CLI::Option* option : app.get_options()) {
      if (option->count() == 0) continue;
      const std::string name = option->get_name();
      const bool flag = option->get_expected_max() == 0;
      values[name] = flag ? std::vector<std::string>{} : option->results();
    }
    return values;
  }

  static void refuse_repeats(const CommandSpec* command, const std::vector<OptionSpec>& options,
                             const Given& values) {
    for (const OptionSpec& option : options) {
      const auto found = values.find(option.name);
      if (found == values.end() || option.many || found->second.size() < 2) continue;
      usage_error(command, std::string(option.name) + " is given more than once");
    }
  }

  GlobalFlags global_flags() const {
    const Given values = given(root_);
    refuse_repeats(chosen(), global_options(), values);
    refuse_repeats(chosen(), hidden_options(), values);
    const auto text = [&](const char* name) {
      const auto found = values.find(name);
      return found == values.end() ? std::string() : found->second.front();
    };
    const GlobalFlags flags{.config = text("--config"),
                            .state = text("--state"),
                            .json = values.contains("--json"),
                            .quiet = values.contains("--quiet"),
                            .verbose = values.contains("--verbose"),
                            .no_color = values.contains("--no-color"),
                            .server_clock = values.contains("--clock")};
    if (flags.server_clock && text("--clock") != "server") {
      usage_error(chosen(), "--clock takes the word server, not " + in_quotes(text("--clock")));
    }
    if (flags.quiet && flags.verbose) {
      usage_error(chosen(), "--quiet and --verbose exclude each other");
    }
    return flags;
  }

  Command command() const {
    const CommandSpec* spec = chosen();
    if (!spec && given(root_).contains("--version")) return VersionRequest{};
    if (!spec) usage_error(nullptr, "no command given; " + one_of(""));
    if (!spec->build) {
      usage_error(spec, in_quotes(spec->path) + " needs one of: " + one_of(spec->path));
    }
    refuse_stray_argument(*spec);
    const Given values = given(*apps_.at(spec->path));
    refuse_repeats(spec, spec->options, values);
    for (const ArgumentSpec& argument : spec->arguments) check(*spec, argument, values);
    try {
      return spec->build(values);
    } catch (const BadValue& problem) {
      usage_error(spec, problem.what());
    }
  }

  // "chain vm-7 estimate": CLI11 lets the word fall through to the command above.
  void refuse_stray_argument(const CommandSpec& spec) const {
    const std::string path = spec.path;
    const std::size_t space = path.rfind(' ');
    if (space == std::string::npos) return;
    for (const auto& [name, values] : given(*apps_.at(path.substr(0, space)))) {
      if (!values.empty()) refuse(&spec, values.front());
    }
  }

  static void check(const CommandSpec& spec, const ArgumentSpec& argument, const Given& values) {
    const auto found = values.find(argument.name);
    if (found == values.end()) {
      if (!argument.required) return;
      usage_error(&spec, in_quotes(spec.path) + " needs " + argument.name + ": " + argument.text);
    }
    if (argument.words.empty()) return;
    const std::vector<std::string> words(argument.words.begin(), argument.words.end());
    const std::string& word = found->second.front();
    if (std::find(words.begin(), words.end(), word) != words.end()) return;
    usage_error(&spec, std::string(argument.name) + " is " + argument.text + ", not " +
                           in_quotes(word) + did_you_mean(word, words));
  }

  static std::string one_of(std::string_view group) {
    std::string list;
    for (const std::string& word : commands_below(group)) list += (list.empty() ? "" : ", ") + word;
    return list;
  }

  CLI::App root_;
  std::map<std::string, CLI::App*> apps_;
};

}  // namespace

Invocation parse_command_line(const std::vector<std::string>& args) { return Parser().run(args); }

}  // namespace agent
