#include "tests/simulator/control/endpoint.h"

#include <cmath>
#include <stdexcept>

#include "tests/simulator/control/state.h"
#include "tests/simulator/inventory/inventory.h"

namespace sim {
namespace {

using nlohmann::json;

struct NoSuchPath {};

double number_parameter(const HttpRequest& request, const std::string& name) {
  const auto it = request.query.find(name);
  if (it == request.query.end()) throw std::invalid_argument("needs ?" + name + "=NUMBER");
  std::size_t used = 0;
  double value = 0;
  try {
    value = std::stod(it->second, &used);
  } catch (const std::exception&) {
    used = 0;
  }
  if (used == 0 || used != it->second.size() || !std::isfinite(value) || value < 0)
    throw std::invalid_argument(name + " must be a number that is not negative, not \"" +
                                it->second + "\"");
  return value;
}

HttpReply json_reply(int status, const json& body) {
  HttpReply reply;
  reply.status = status;
  reply.content_type = "application/json";
  // Names in an inventory may be any bytes; an answer must be JSON all the same.
  reply.body = body.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  return reply;
}

}  // namespace

HttpReply ControlEndpoint::handle(const HttpRequest& request) {
  const std::lock_guard hold(world_.mutex);
  try {
    return json_reply(200, answer(request));
  } catch (const NoSuchPath&) {
    return json_reply(404, {{"error", "no " + request.method + " " + request.path + " here"}});
  } catch (const json::exception& error) {
    return json_reply(400, {{"error", error.what()}});
  } catch (const std::invalid_argument& error) {
    return json_reply(400, {{"error", error.what()}});
  }
}

json ControlEndpoint::answer(const HttpRequest& request) {
  const auto is = [&](const char* method, const char* path) {
    return request.method == method && request.path == path;
  };
  world_.now();  // what is due happens first, so that the answer is of now
  if (is("GET", "/control/state")) {
    const auto vm = request.query.find("vm");
    if (vm == request.query.end()) return state_json(world_);
    const Vm* found = world_.vm(vm->second);
    if (found == nullptr) throw std::invalid_argument("no VM " + vm->second);
    return vm_json(world_, *found);
  }
  if (is("GET", "/control/tasks")) return tasks_json(world_);
  if (is("GET", "/control/inventory")) return inventory_json(world_);
  if (is("GET", "/control/log")) {
    const bool given = request.query.contains("since");
    return control_.log(given ? static_cast<std::uint64_t>(number_parameter(request, "since")) : 0);
  }
  if (is("DELETE", "/control/log")) {
    control_.clear_log();
    return json::object();
  }
  if (is("GET", "/control/time"))
    return {{"time", time_text(world_.now())}, {"speed", world_.options().speed}};
  if (is("POST", "/control/step")) return step(request);
  if (is("POST", "/control/touch")) {
    json done = human_act(world_, json::parse(request.body));
    world_.changed.notify_all();
    return done;
  }
  if (request.path == "/control/faults") return faults(request);
  throw NoSuchPath{};
}

json ControlEndpoint::faults(const HttpRequest& request) {
  if (request.method == "POST")
    control_.rules().add(read_rules(json::parse(request.body)));
  else if (request.method == "PUT")
    control_.rules().set(read_rules(json::parse(request.body)));
  else if (request.method == "DELETE")
    control_.rules().set({});
  else if (request.method != "GET")
    throw NoSuchPath{};
  return {{"rules", control_.rules().counts()}};
}

json ControlEndpoint::step(const HttpRequest& request) {
  const double seconds = number_parameter(request, "seconds");
  if (seconds > 10 * 366 * 86400.0) throw std::invalid_argument("more than ten years at once");
  world_.step(Duration(static_cast<std::int64_t>(seconds * 1e6)));
  world_.changed.notify_all();
  return {{"time", time_text(world_.now())}};
}

}  // namespace sim
