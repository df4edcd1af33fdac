#include "agent/cli/print/print_operation.h"

#include <nlohmann/json.hpp>

#include "agent/cli/human.h"
#include "agent/cli/print/indented.h"
#include "agent/codec/operation_json.h"
#include "agent/codec/run_json.h"

namespace agent {
namespace {

Colour colour_of(StepEnd end) {
  switch (end) {
    case StepEnd::Done:
      return Colour::Good;
    case StepEnd::Failed:
      return Colour::Critical;
    case StepEnd::Refused:
    case StepEnd::Open:
    case StepEnd::NotTried:
    case StepEnd::Interrupted:
      break;
  }
  return Colour::Warning;
}

/// A step that the journal does not know, in the words of one that it does.
std::string words_of(const JobStep& step, const policy::OpSubject& vm) {
  policy::Operation told;
  told.kind = step.kind;
  told.vm = vm;
  told.snapshot = step.snapshot;
  told.name = step.new_name.value_or(step.name);
  if (step.kind == policy::OpKind::Create && told.name.empty()) return "create on " + vm.name;
  if (step.kind == policy::OpKind::Rename && !step.new_name) {
    return "new mark for snapshot " + step.name + " (" + step.snapshot.moid + ") on " + vm.name;
  }
  if (step.clone) {
    told.clone.emplace();
    told.clone->name = step.clone->name;
  }
  return policy::describe(told);
}

/// ": done, layers verified, 3 s, 1.2 GiB (01JD...)".
std::string outcome_of(const JobStep& step, const StepResult& result) {
  std::string text;
  const bool layers = step.kind != policy::OpKind::Rename && result.operation.has_value();
  if (result.end == StepEnd::Done && layers) {
    text += result.operation->layers_verified ? ", layers verified" : ", layers unverified";
  }
  if (result.took.count() > 0) text += ", " + human_age(result.took);
  if (result.bytes > 0) text += ", " + human_bytes(result.bytes);
  if (result.operation) text += " (" + result.operation->id + ")";
  return text;
}

void print_refusals(const std::vector<policy::Refusal>& refusals, const Output& output) {
  for (const policy::Refusal& one : refusals) {
    std::string text = one.rule + ": " + one.text;
    if (one.forceable) text += "; --force " + one.rule + " overrides it, on the record";
    output.out << indented(text, 2, output.screen);
  }
}

void print_step(const JobStep& step, const StepResult& result, const OperationResponse& response,
                const Output& output) {
  const bool would = response.dry_run && result.end != StepEnd::Refused;
  std::string words =
      result.operation ? policy::describe(*result.operation) : words_of(step, response.vm);
  if (result.operation && step.kind == policy::OpKind::Rename && !step.new_name) {
    words = words_of(step, response.vm);
  }
  output.out << safe_text(words, output.screen.charset) << ": "
             << (would ? std::string("would be sent; nothing stands against it")
                       : paint(colour_of(result.end), step_end_name(result.end), output.screen))
             << outcome_of(step, result) << "\n";
  if (!result.refusals.empty()) {
    print_refusals(result.refusals, output);
  } else if (result.end != StepEnd::Done && !result.text.empty()) {
    output.out << indented(result.text, 2, output.screen);
  }
}

void print_recovered(const std::vector<policy::Operation>& recovered, const Output& output) {
  for (const policy::Operation& one : recovered) {
    const std::string text =
        policy::is_over(one.state)
            ? "settled: " + policy::describe(one) + ": " + policy::op_state_name(one.state)
            : open_words(one, output.now);
    output.out << indented(text, 0, output.screen);
  }
}

}  // namespace

std::string open_words(const policy::Operation& operation, policy::Time now) {
  std::string text = "open: " + policy::describe(operation) + ", " +
                     policy::op_state_name(operation.state) + " since " +
                     age_text(operation.started, now);
  if (operation.progress >= 0 && operation.state == policy::OpState::Task) {
    text += ", " + std::to_string(operation.progress) + " %";
  }
  if (!operation.why.empty()) text += ": " + operation.why;
  return text + " (" + operation.id + ")";
}

void print(const OperationResponse& response, const Output& output) {
  if (output.json) {
    write_json(output.out, response_json(response));
    return;
  }
  print_recovered(response.recovered, output);
  for (const std::string& note : response.notes) {
    output.out << indented("note: " + note, 0, output.screen);
  }
  for (const StepResult& result : response.results) {
    print_step(response.steps[result.step], result, response, output);
  }
}

void print(const ResolveResponse& response, const Output& output) {
  if (output.json) {
    nlohmann::ordered_json told{{"format", 1}};
    told["operation"] = operation_json(response.operation);
    told["looked"] = response.looked;
    told["by_word"] = response.by_word;
    told["recovered"] = nlohmann::ordered_json::array();
    for (const policy::Operation& one : response.recovered) {
      told["recovered"].push_back(operation_json(one));
    }
    write_json(output.out, told);
    return;
  }
  print_recovered(response.recovered, output);
  const policy::Operation& one = response.operation;
  if (!policy::is_over(one.state)) {
    output.out << indented(open_words(one, output.now), 0, output.screen);
    if (one.next_look) {
      output.out << "  it is looked at again from " << policy::format_utc(*one.next_look)
                 << " on\n";
    }
    output.out << "  --as done or --as failed ends it by your word\n";
    return;
  }
  const std::string why = one.why.empty() ? "" : ": " + one.why;
  output.out << indented(
      policy::describe(one) + ": " + policy::op_state_name(one.state) + why + " (" + one.id + ")",
      0, output.screen);
}

}  // namespace agent
