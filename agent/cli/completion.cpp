// Shell scripts made from the command table. Only our own words go in, so nothing needs quoting
// but the summaries.
#include <fmt/format.h>

#include <set>
#include <string>

#include "agent/cli/commands.h"
#include "agent/error.h"

namespace agent {
namespace {

using Options = std::vector<OptionSpec>;

std::string joined(const std::vector<std::string>& words, const char* between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

Options with_global(const Options& options) {
  Options all = options;
  all.insert(all.end(), global_options().begin(), global_options().end());
  all.push_back({.name = "--help", .text = "help for this command"});
  return all;
}

/// Every word that may follow `path`: commands below it, fixed arguments, flags.
std::vector<std::string> words_after(std::string_view path) {
  std::vector<std::string> words = commands_below(path);
  const CommandSpec* command = find_command(path);
  if (command) {
    for (const ArgumentSpec& argument : command->arguments) {
      words.insert(words.end(), argument.words.begin(), argument.words.end());
    }
  }
  for (const OptionSpec& option : with_global(command ? command->options : Options{})) {
    words.emplace_back(option.name);
  }
  return words;
}

/// Names of the options that take a value: of files, or of something that can't be completed.
std::set<std::string> options_with_value(Complete complete) {
  std::set<std::string> names;
  const auto collect = [&](const Options& options) {
    for (const OptionSpec& option : options) {
      if (option.value && option.complete == complete) names.insert(option.name);
    }
  };
  collect(global_options());
  for (const CommandSpec& command : command_table()) collect(command.options);
  return names;
}

std::string pattern(const std::set<std::string>& names) {
  return joined({names.begin(), names.end()}, "|");
}

std::string bash_script() {
  std::string paths;
  std::string words = fmt::format("    \"\") words=\"{}\" ;;\n", joined(words_after(""), " "));
  for (const CommandSpec& command : command_table()) {
    paths += fmt::format("{}\"{}\"", paths.empty() ? "" : "|", command.path);
    words += fmt::format("    \"{}\") words=\"{}\" ;;\n", command.path,
                         joined(words_after(command.path), " "));
  }
  const std::string files = pattern(options_with_value(Complete::File));
  const std::string others = pattern(options_with_value(Complete::Nothing));
  return fmt::format(R"(# bash completion for deltakeep: source <(deltakeep completion bash)
_deltakeep() {{
  local cur="${{COMP_WORDS[COMP_CWORD]}}" prev="${{COMP_WORDS[COMP_CWORD-1]}}"
  local command="" words="" skip="" word try i
  # bash takes "--config=FILE" apart at the "=".
  if [[ $cur == "=" ]]; then
    cur=""
  elif [[ $prev == "=" ]]; then
    prev="${{COMP_WORDS[COMP_CWORD-2]}}"
  fi
  COMPREPLY=()
  case "$prev" in
    {files})
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$cur")
      return ;;
    {others}) return ;;
  esac
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="${{COMP_WORDS[i]}}"
    if [[ -n $skip && $word != "=" ]]; then
      skip=""
      continue
    fi
    case "$word" in
      {files}|{others}) skip=1; continue ;;
    esac
    try="${{command:+$command }}$word"
    case "$try" in
      {paths}) command="$try" ;;
    esac
  done
  case "$command" in
{words}  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}}
complete -F _deltakeep deltakeep
)",
                     fmt::arg("files", files), fmt::arg("others", others), fmt::arg("paths", paths),
                     fmt::arg("words", words));
}

/// `text` without what would end it inside single quotes and, in zsh, a description.
std::string without(std::string_view special, std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (special.find(c) == std::string_view::npos) out += c;
  }
  return out;
}

std::string plain(std::string_view text) { return without("'[]:\"", text); }

std::string zsh_option(const OptionSpec& option) {
  std::string spec = fmt::format("'{}{}{}[{}]", option.many ? "*" : "", option.name,
                                 option.value ? "=" : "", plain(option.text));
  if (option.value) {
    spec += fmt::format(":{}:{}", option.value, option.complete == Complete::File ? "_files" : "");
  }
  return spec + "'";
}

std::string zsh_function(std::string_view path) {
  std::string name = "_deltakeep";
  for (const char c : path.empty() ? std::string() : " " + std::string(path)) {
    name += c == ' ' ? '_' : c;
  }
  const CommandSpec* command = find_command(path);
  const std::vector<std::string> below = commands_below(path);
  std::string out = fmt::format("{}() {{\n  local curcontext=\"$curcontext\" state line\n", name);
  out += "  _arguments -C";
  for (const OptionSpec& option : with_global(command ? command->options : Options{})) {
    out += fmt::format(" \\\n    {}", zsh_option(option));
  }
  if (!below.empty()) {
    out += " \\\n    '1:command:((";
    for (const std::string& word : below) {
      const std::string before = path.empty() ? std::string() : std::string(path) + " ";
      const CommandSpec* member = find_command(before + word);
      out += fmt::format("{}\\:\"{}\" ", word, plain(member->summary));
    }
    out += "))' \\\n    '*::argument:->rest'";
  } else if (command) {
    for (const ArgumentSpec& argument : command->arguments) {
      const std::vector<std::string> words(argument.words.begin(), argument.words.end());
      const std::string choice = words.empty() ? "" : "(" + joined(words, " ") + ")";
      out += fmt::format(" \\\n    '1:{}:{}'", argument.name, choice);
    }
  }
  out += "\n";
  if (!below.empty()) {
    out += "  [[ $state == rest ]] || return\n  case $line[1] in\n";
    for (const std::string& word : below) out += fmt::format("    {0}) {1}_{0} ;;\n", word, name);
    out += "  esac\n";
  }
  return out + "}\n";
}

std::string zsh_script() {
  std::string out =
      "#compdef deltakeep\n"
      "# zsh completion for deltakeep; save it as _deltakeep in a folder of $fpath\n";
  for (const CommandSpec& command : command_table()) out += zsh_function(command.path);
  // Autoloaded from $fpath the file is the function; sourced, it registers itself.
  return out + zsh_function("") +
         "if [[ $funcstack[1] == _deltakeep ]]; then\n  _deltakeep \"$@\"\n"
         "else\n  compdef _deltakeep deltakeep\nfi\n";
}

std::string fish_option(const std::string& condition, const OptionSpec& option) {
  const char* value = !option.value ? "" : option.complete == Complete::File ? " -r -F" : " -x";
  return fmt::format("complete -c deltakeep -n '{}' -l {}{} -d '{}'\n", condition, option.name + 2,
                     value, without("'", option.text));
}

std::string fish_script() {
  std::string out =
      "# fish completion for deltakeep; save it in ~/.config/fish/completions/deltakeep.fish\n"
      "complete -c deltakeep -f\n";
  for (const OptionSpec& option : with_global({})) out += fish_option("true", option);
  const std::string top = joined(commands_below(""), " ");
  for (const CommandSpec& command : command_table()) {
    const std::string path = command.path;
    const std::size_t space = path.rfind(' ');
    const std::string group = space == std::string::npos ? "" : path.substr(0, space);
    const std::string seen = "__fish_seen_subcommand_from ";
    const std::string before =
        group.empty() ? "not " + seen + top
                      : seen + group + "; and not " + seen + joined(commands_below(group), " ");
    out += fmt::format("complete -c deltakeep -n '{}' -a {} -d '{}'\n", before,
                       path.substr(space + 1), without("'", command.summary));
    const std::string inside = group.empty() ? seen + path : seen + path.substr(space + 1);
    for (const OptionSpec& option : command.options) out += fish_option(inside, option);
    for (const ArgumentSpec& argument : command.arguments) {
      for (const char* word : argument.words) {
        out += fmt::format("complete -c deltakeep -n '{}' -a {}\n", inside, word);
      }
    }
  }
  return out;
}

}  // namespace

std::string completion_script(const std::string& shell) {
  if (shell == "bash") return bash_script();
  if (shell == "zsh") return zsh_script();
  if (shell == "fish") return fish_script();
  throw Error("usage", ExitCode::Usage, "completion scripts exist for bash, zsh and fish only");
}

}  // namespace agent
