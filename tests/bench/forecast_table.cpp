// Prints how forecasts of growth did on simulated histories, beside plain regression (what
// Prometheus' predict_linear and Zabbix' forecast do), and how long a big play takes.
#include <array>
#include <chrono>
#include <cstdio>
#include <vector>

#include "policy/simulate.h"
#include "tests/unit/policy/growing_deltas.h"
#include "tests/unit/policy/scheduled_disk.h"

namespace {

using namespace policy;

constexpr int kStreams = 500;

void print_growth() {
  std::printf("%-11s %7s %6s  %8s %8s  %15s  %15s\n", "writes", "history", "grows", "interval",
              "in time", "error med (p90)", "regression");
  constexpr std::array<const char*, 4> names{"linear", "saturating", "bursty", "reverting"};
  for (std::size_t kind = 0; kind < names.size(); ++kind) {
    for (const double hours : {24.0, 48.0, 72.0, 96.0, 168.0}) {
      for (const double multiple : {1.5, 2.0, 4.0}) {
        Coverage c;
        for (std::uint32_t i = 0; i < kStreams; ++i) {
          judge(watch(static_cast<Writes>(kind), hours * 3600, multiple, 100'000 + i), c);
        }
        std::printf("%-11s %5.0f h %5.1fx  ", names[kind], hours, multiple);
        if (c.streams > 0) {
          std::printf("%6.1f %% %6.1f %%", 100 * c.share(), 100.0 * c.in_time / c.streams);
        } else {
          std::printf("%8s %8s", "none", "");
        }
        std::printf("  %5.2fx (%5.2fx)  %5.2fx (%5.2fx)\n", percentile(c.errors, 0.5),
                    percentile(c.errors, 0.9), percentile(c.plain_errors, 0.5),
                    percentile(c.plain_errors, 0.9));
      }
    }
  }
}

void print_schedule() {
  for (const int known : {3, 5, 7, 14}) {
    int held = 0;
    for (std::uint32_t i = 0; i < kStreams; ++i)
      held += holds(forecast_scheduled(known, i)) ? 1 : 0;
    std::printf("%-11s %5d d %5.1fx  %6.1f %%\n", "scheduled", known, 2.0, 100.0 * held / kStreams);
  }
}

void print_speed() {
  constexpr int kVms = 1000;
  constexpr int kDays = 90;
  const Vm vm = vm_with_deltas({1, 1, 1});
  const Policy policy = keeping_last(7);
  const auto runs = daily_runs(22, kDays);
  const std::vector<DiskWrites> writes{writes_of(1)};
  const std::vector<DeltaKind> kinds{DeltaKind::VmfsSparse};
  const auto begin = std::chrono::steady_clock::now();
  SimulatedFleet fleet(kDays);
  for (int i = 0; i < kVms; ++i) {
    fleet.add(simulate_vm({.vm = vm,
                           .policy = &policy,
                           .runs = runs,
                           .ticks = runs,
                           .writes = writes,
                           .now = noon(22) - std::chrono::hours{1},
                           .until = runs.back(),
                           .create_refused = {},
                           .removal_refused = {},
                           .copies = {}},
                          policy.thresholds, kinds));
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::printf("\nsimulated %d VMs for %d days, a run a day, 7 kept, in %.2f s\n", kVms, kDays,
              took.count());
}

}  // namespace

int main() {
  print_growth();
  print_schedule();
  print_speed();
}
