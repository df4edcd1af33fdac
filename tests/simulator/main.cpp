// vcenter-sim: builds a world from flags, serves it, prints where.
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <sstream>

#include "tests/simulator/control/server.h"
#include "tests/simulator/inventory/inventory.h"
#include "tests/simulator/model/build.h"
#include "tests/simulator/wire/certificate.h"

namespace {

struct Flags {
  std::string listen = "127.0.0.1:0", snapshots = "0-4", inventory, faults, certificate, key, start,
              api = "8.0.2.0";
  std::string username = "administrator@vsphere.local", password = "VMware1!";
  std::vector<std::string> denied;
  std::uint64_t seed = 1, block_kib = 1024;
  double speed = 1, merge_mib = 190;
  std::size_t session_limit = 3000;
  int session_idle = 1800;
  bool insecure_http = false, stdin_exit = false, wait_steps = false;
  sim::BuildOptions build;
};

void declare(CLI::App& app, Flags& f) {
  app.add_option("--listen", f.listen, "ADDRESS:PORT; port 0 takes a free one")
      ->capture_default_str();
  auto* inventory = app.add_option("--inventory", f.inventory,
                                   "JSON instead of the flags below up to --bytes-per-hour: see "
                                   "README.md, or what deltakeep scan --output saved")
                        ->check(CLI::ExistingFile);
  std::vector<CLI::Option*> built = {
      app.add_option("--vms", f.build.vms)->capture_default_str(),
      app.add_option("--snapshots", f.snapshots, "per VM: N or FROM-TO")->capture_default_str(),
      app.add_option("--days", f.build.days, "of history")->capture_default_str(),
      app.add_option("--clusters", f.build.clusters)->capture_default_str(),
      app.add_option("--hosts", f.build.hosts, "per cluster")->capture_default_str(),
      app.add_option("--datacenters", f.build.datacenters)->capture_default_str(),
      app.add_option("--datastores", f.build.datastores, "vmfs6 vmfs5 nfs vsan vvol, in turn")
          ->delimiter(','),
      app.add_option("--datastore-bytes", f.build.datastore_bytes,
                     "0: as much as is needed, twice"),
      app.add_option("--linked-clones", f.build.linked_clones, "share of the VMs, 0 to 1")
          ->check(CLI::Range(0.0, 1.0))
          ->capture_default_str(),
      app.add_option("--bytes-per-hour", f.build.bytes_per_hour, "mean write rate of a guest")};
  for (CLI::Option* option : built) inventory->excludes(option);
  app.add_option("--seed", f.seed, "the same seed gives the same vCenter")->capture_default_str();
  app.add_option("--faults", f.faults, "rules, see README.md")->check(CLI::ExistingFile);
  app.add_option("--deny", f.denied, "privileges nobody has")->delimiter(',');
  app.add_option("--speed", f.speed, "virtual seconds per second; 0: only POST /control/step")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_flag("--wait-steps", f.wait_steps,
               "with --speed 0: waiting for updates moves the clock to what happens next");
  app.add_option("--start", f.start, "virtual time at start, YYYY-MM-DDTHH:MM:SSZ; default now");
  app.add_option("--merge-mib-per-second", f.merge_mib)
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--block-kib", f.block_kib, "granularity of the guests' data")
      ->check(CLI::PositiveNumber);
  app.add_option("--api-version", f.api, "newest that is offered")->capture_default_str();
  app.add_option("--username", f.username)->capture_default_str();
  app.add_option("--password", f.password);
  app.add_option("--session-idle", f.session_idle, "seconds")->check(CLI::PositiveNumber);
  app.add_option("--session-limit", f.session_limit);
  auto* certificate = app.add_option("--tls-cert", f.certificate, "PEM")->check(CLI::ExistingFile);
  auto* key = app.add_option("--tls-key", f.key, "PEM")->check(CLI::ExistingFile);
  certificate->needs(key);
  key->needs(certificate);
  app.add_flag("--insecure-http", f.insecure_http, "no TLS");
  app.add_flag("--stdin-exit", f.stdin_exit, "end when standard input closes");
}

std::string contents_of(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) throw std::runtime_error("cannot read " + path);
  return text.str();
}

/// "3" or "0-14".
void read_range(const std::string& text, int& from, int& to) {
  char dash = 0;
  std::istringstream in(text);
  in >> from;
  to = from;
  if (in && !in.eof()) in >> dash >> to;
  if (!in || in.peek() != EOF || (dash != 0 && dash != '-') || from < 0 || to < from)
    throw std::runtime_error("--snapshots must be N or FROM-TO, not \"" + text + "\"");
}

sim::Time start_time(const std::string& text) {
  if (text.empty())
    return std::chrono::time_point_cast<sim::Duration>(std::chrono::system_clock::now());
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0, used = 0;
  if (std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%2dZ%n", &y, &mo, &d, &h, &mi, &s, &used) !=
          6 ||
      static_cast<std::size_t>(used) != text.size())
    throw std::runtime_error("--start must look like 2026-11-22T02:00:00Z, not \"" + text + "\"");
  const std::chrono::year_month_day date{std::chrono::year(y), std::chrono::month(unsigned(mo)),
                                         std::chrono::day(unsigned(d))};
  if (!date.ok()) throw std::runtime_error("--start names no day: \"" + text + "\"");
  return sim::Time(std::chrono::sys_days(date)) + std::chrono::hours(h) + std::chrono::minutes(mi) +
         std::chrono::seconds(s);
}

sim::WorldOptions world_options(const Flags& f, const nlohmann::json& inventory) {
  sim::WorldOptions options;
  options.seed = f.seed;
  const auto meant = f.start.empty() ? sim::inventory_start(inventory) : std::nullopt;
  options.start = meant ? *meant : start_time(f.start);
  options.speed = f.speed;
  if (f.wait_steps && f.speed != 0)
    throw std::runtime_error("--wait-steps moves a stopped clock: it needs --speed 0");
  options.wait_steps = f.wait_steps;
  options.block_bytes = f.block_kib * 1024;
  options.merge_bytes_per_second = f.merge_mib * 1048576;
  options.api_version = f.api;
  char uuid[40];
  std::snprintf(uuid, sizeof uuid, "5eed0000-0000-4000-8000-%012llx",
                static_cast<unsigned long long>(f.seed & 0xffffffffffffULL));
  options.instance_uuid = uuid;
  return options;
}

sim::ListenOptions listen_options(const Flags& f) {
  sim::ListenOptions listen;
  const auto colon = f.listen.rfind(':');
  std::size_t used = 0;
  unsigned long port = 65536;
  if (colon != std::string::npos && colon + 1 < f.listen.size() &&
      f.listen.find_first_not_of("0123456789", colon + 1) == std::string::npos)
    port = std::stoul(f.listen.substr(colon + 1, 6), &used);
  if (port > 65535)
    throw std::runtime_error("--listen must be ADDRESS:PORT, not \"" + f.listen + "\"");
  listen.host = f.listen.substr(0, colon);
  if (listen.host.starts_with('[')) listen.host = listen.host.substr(1, listen.host.size() - 2);
  listen.port = static_cast<std::uint16_t>(port);
  listen.tls = !f.insecure_http;
  if (!listen.tls) return listen;
  if (f.certificate.empty()) {
    const auto made = sim::make_certificate({"localhost", listen.host});
    listen.certificate_pem = made.certificate_pem;
    listen.key_pem = made.key_pem;
  } else {
    listen.certificate_pem = contents_of(f.certificate);
    listen.key_pem = contents_of(f.key);
  }
  return listen;
}

/// Returns at SIGTERM or SIGINT, or when standard input ends if that is watched.
void wait_for_the_end(bool watch_stdin, int signals) {
  std::vector<pollfd> watched = {{signals, POLLIN, 0}};
  if (watch_stdin) watched.push_back({STDIN_FILENO, POLLIN, 0});
  while (poll(watched.data(), watched.size(), -1) >= 0 || errno == EINTR) {
    if (watched[0].revents != 0) return;
    char ignored[256];
    if (watch_stdin && watched[1].revents != 0 && read(STDIN_FILENO, ignored, sizeof ignored) <= 0)
      return;
  }
}

nlohmann::json inventory_of(const std::string& path) {
  try {
    return nlohmann::json::parse(contents_of(path));
  } catch (const nlohmann::json::exception& error) {
    throw std::runtime_error(path + " is no JSON: " + error.what());
  }
}

void fill(sim::World& world, const std::string& path, const nlohmann::json& inventory) {
  try {
    sim::load_inventory(world, inventory);
  } catch (const sim::InventoryError& error) {
    throw std::runtime_error("the inventory in " + path + " cannot be used:\n" + error.what());
  }
}

int serve(const Flags& f, int signals) {
  sim::BuildOptions build = f.build;
  read_range(f.snapshots, build.snapshots_from, build.snapshots_to);
  sim::ServerOptions options;
  options.listen = listen_options(f);
  options.sessions.username = f.username;
  options.sessions.password = f.password;
  options.sessions.idle = std::chrono::seconds(f.session_idle);
  options.sessions.limit = f.session_limit;
  options.denied = {f.denied.begin(), f.denied.end()};
  options.seed = f.seed;
  if (!f.faults.empty())
    options.rules = sim::read_rules(nlohmann::json::parse(contents_of(f.faults)));

  nlohmann::json inventory = nlohmann::json::object();
  if (!f.inventory.empty()) inventory = inventory_of(f.inventory);
  sim::World world(world_options(f, inventory));
  if (f.inventory.empty())
    sim::build(world, build);
  else
    fill(world, f.inventory, inventory);
  inventory = {};
  const sim::Server server(world, options);
  const bool v6 = options.listen.host.find(':') != std::string::npos;
  std::cout << "url=" << (options.listen.tls ? "https://" : "http://") << (v6 ? "[" : "")
            << options.listen.host << (v6 ? "]" : "") << ":" << server.port() << "/sdk thumbprint="
            << (options.listen.tls ? sim::thumbprint(options.listen.certificate_pem) : "-")
            << " username=" << f.username << " password=" << f.password << std::endl;
  wait_for_the_end(f.stdin_exit, signals);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("vcenter-sim: a simulated vCenter for tests");
  Flags flags;
  declare(app, flags);
  CLI11_PARSE(app, argc, argv);
  // Blocked before any thread starts, so that no thread of the server takes them.
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  try {
    return serve(flags, signalfd(-1, &ends, SFD_CLOEXEC));
  } catch (const std::exception& error) {
    std::cerr << "vcenter-sim: " << error.what() << "\n";
    return 2;
  }
}
