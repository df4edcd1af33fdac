#include "tests/simulator/control/rules.h"

#include <initializer_list>
#include <stdexcept>

#include "tests/simulator/wire/schema.h"

namespace sim {
namespace {

using nlohmann::json;

[[noreturn]] void refuse(const std::string& what) {
  throw std::invalid_argument("fault rules: " + what);
}

void allow_only(const json& object, const std::string& where,
                std::initializer_list<std::string_view> keys) {
  if (!object.is_object()) refuse(where + " must be an object, not " + object.dump());
  for (const auto& [key, value] : object.items()) {
    bool known = false;
    for (const auto allowed : keys) known = known || key == allowed;
    if (!known) refuse("unknown key \"" + key + "\" in " + where);
  }
}

Duration seconds_of(const json& value, const std::string& key) {
  if (!value.is_number() || value.get<double>() < 0)
    refuse("\"" + key + "\" must be a number of seconds, not " + value.dump());
  return Duration(static_cast<std::int64_t>(value.get<double>() * 1e6));
}

std::chrono::milliseconds milliseconds_of(const json& value, const std::string& key) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(seconds_of(value, key));
}

void need_field(const FaultValue& fault, const std::string& name, const std::string& key) {
  const SchemaType* const type = schema_type(fault.type);
  if (type == nullptr)
    refuse("\"" + key + "\": " + fault.type + " is a fault without known fields");
  if (type->field(name) == nullptr)
    refuse("\"" + key + "\": " + fault.type + " has no field \"" + name + "\"");
}

/// "TaskInProgress" or {"type": .., "message": .., "fields": {name: text}, "refs": {name: [type,
/// moid]}, "notes": {key: message}, "nested": {name: fault}, "cause": fault}. A type that vim25
/// does not have is taken, for servers newer than any client, but not fields of it.
FaultValue fault_of(const json& value, const std::string& key) {
  FaultValue fault;
  if (value.is_string()) {
    fault.type = value.get<std::string>();
    fault.message = "Fault on demand: " + fault.type;
    return fault;
  }
  allow_only(value, key,
             {"type", "message", "fields", "refs", "notes", "nested", "cause", "after_executing"});
  if (!value.contains("type")) refuse("\"" + key + "\" needs a \"type\"");
  fault.type = value.at("type").get<std::string>();
  fault.message = value.value("message", "Fault on demand: " + fault.type);
  // Named, for a loop over a temporary's items would read freed memory.
  const json none = json::object();
  const json fields = value.value("fields", none), refs = value.value("refs", none);
  const json notes = value.value("notes", none), nested = value.value("nested", none);
  for (const auto& [name, text] : fields.items()) {
    need_field(fault, name, key);
    fault.fields.emplace_back(name, text.get<std::string>());
  }
  for (const auto& [name, ref] : refs.items()) {
    need_field(fault, name, key);
    fault.refs.emplace_back(name, Ref{ref.at(0).get<std::string>(), ref.at(1).get<std::string>()});
  }
  for (const auto& [name, inner] : nested.items()) {
    need_field(fault, name, key);
    fault.nested.emplace_back(name, std::make_shared<const FaultValue>(fault_of(inner, name)));
  }
  if (value.contains("cause"))
    fault.cause = std::make_shared<const FaultValue>(fault_of(value["cause"], "cause"));
  for (const auto& [name, text] : notes.items())
    fault.notes.emplace_back(name, text.get<std::string>());
  return fault;
}

HttpReply reply(int status, std::string type, std::string body) {
  HttpReply made;
  made.status = status;
  made.content_type = std::move(type);
  made.body = std::move(body);
  return made;
}

/// What envoy in front of a starting vpxd answers.
HttpReply service_unavailable() {
  return reply(503, "text/html",
               "<html><head><title>503 Service Unavailable</title></head>"
               "<body>no healthy upstream</body></html>");
}

HttpReply redirect_to(const std::string& url) {
  HttpReply made = reply(302, "text/html", "");
  made.headers.emplace_back("Location", url);
  return made;
}

/// Starts as XML and is none: no reader may take it for an answer.
HttpReply garbage() {
  using namespace std::string_literals;  // with its length, for it holds a NUL
  return reply(200, "text/xml; charset=utf-8",
               "<?xml version=\"1.0\"?><soapenv:Envelope\x01\xff\x00<<&"s);
}

void read_wire(const json& then, Interference& wire) {
  if (then.contains("fault")) wire.fault = fault_of(then["fault"], "fault");
  wire.drop_before = then.value("drop_before", false);
  wire.drop_after = then.value("drop_after", false);
  wire.cut_mid_reply = then.value("close_mid_reply", false);
  if (then.value("http_503", false)) wire.replace = service_unavailable();
  if (then.contains("redirect")) wire.replace = redirect_to(then["redirect"].get<std::string>());
  if (then.contains("garbage")) {
    const std::string when =
        then["garbage"].is_string() ? then["garbage"].get<std::string>() : "after";
    if (when == "before")
      wire.replace = garbage();
    else if (when == "after")
      wire.replace_after = garbage();
    else
      refuse("\"garbage\" must be \"before\" or \"after\"");
  }
  if (then.contains("delay")) wire.delay_before = milliseconds_of(then["delay"], "delay");
  if (then.contains("delay_after"))
    wire.delay_after = milliseconds_of(then["delay_after"], "delay_after");
  if (then.contains("slow_drip")) wire.bytes_per_second = then["slow_drip"].get<std::uint64_t>();
}

Consequence consequence_of(const json& then) {
  allow_only(
      then, "then",
      {"fault", "task_error", "task_delay", "delay", "delay_after", "drop_before", "drop_after",
       "close_mid_reply", "garbage", "http_503", "redirect", "slow_drip", "lock", "disconnect_host",
       "restart", "rollback", "flag_lag", "consolidation_debt", "seconds"});
  if (then.empty()) refuse("\"then\" says nothing");
  Consequence made;
  read_wire(then, made.wire);
  if (then.contains("task_error")) {
    made.task_error = fault_of(then["task_error"], "task_error");
    if (then["task_error"].is_object())
      made.task_executes = then["task_error"].value("after_executing", false);
  }
  if (then.contains("task_delay")) made.task_delay = seconds_of(then["task_delay"], "task_delay");
  if (then.contains("flag_lag")) made.flag_lag = seconds_of(then["flag_lag"], "flag_lag");
  if (then.contains("rollback")) made.rollback = seconds_of(then["rollback"], "rollback");
  if (then.contains("seconds")) made.lasting = seconds_of(then["seconds"], "seconds");
  made.consolidation_debt = then.value("consolidation_debt", false);
  made.lock = then.value("lock", false);
  made.disconnect = then.value("disconnect_host", false);
  made.restart = then.value("restart", false);
  return made;
}

Rule rule_of(const json& value) {
  allow_only(value, "a rule", {"method", "object", "nth", "times", "probability", "then"});
  if (!value.contains("then")) refuse("a rule without \"then\": " + value.dump());
  Rule rule;
  rule.method = value.value("method", "");
  rule.object = value.value("object", "");
  if (value.contains("nth")) rule.nth = value["nth"].get<std::uint64_t>();
  if (value.contains("times")) rule.times = value["times"].get<std::uint64_t>();
  if (rule.nth && *rule.nth == 0) refuse("\"nth\" counts from 1");
  if (rule.nth && !rule.times) rule.times = 1;
  rule.probability = value.value("probability", 1.0);
  if (rule.probability < 0 || rule.probability > 1) refuse("\"probability\" must lie in 0..1");
  rule.then = consequence_of(value["then"]);
  return rule;
}

}  // namespace

std::vector<Rule> read_rules(const json& document) {
  if (document.is_object()) allow_only(document, "the document", {"rules"});
  const json& list =
      document.is_object() && document.contains("rules") ? document["rules"] : document;
  if (!list.is_array()) refuse("expected {\"rules\":[...]} or a list of rules");
  std::vector<Rule> rules;
  try {
    for (const auto& value : list) rules.push_back(rule_of(value));
  } catch (const json::exception& error) {
    refuse("rule " + std::to_string(rules.size() + 1) + ": " + error.what());
  }
  return rules;
}

void Rules::add(std::vector<Rule> rules) {
  for (auto& rule : rules) rules_.push_back(std::move(rule));
}

std::vector<Consequence> Rules::choose(const std::string& method, const Ref& self,
                                       const std::string& vm) {
  std::vector<Consequence> chosen;
  for (auto& rule : rules_) {
    if (!rule.method.empty() && rule.method != method) continue;
    if (!rule.object.empty() && rule.object != self.value && rule.object != vm) continue;
    ++rule.seen;
    if (rule.nth && rule.seen < *rule.nth) continue;
    if (rule.times && rule.fired >= *rule.times) continue;
    // Drawn only where it decides, so that a certain rule does not shift the others' luck.
    if (rule.probability < 1 && std::generate_canonical<double, 53>(random_) >= rule.probability)
      continue;
    ++rule.fired;
    chosen.push_back(rule.then);
  }
  return chosen;
}

json Rules::counts() const {
  json list = json::array();
  for (const auto& rule : rules_)
    list.push_back({{"method", rule.method},
                    {"object", rule.object},
                    {"seen", rule.seen},
                    {"fired", rule.fired}});
  return list;
}

}  // namespace sim
