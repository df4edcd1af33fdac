#include "agent/codec/simulate_svg.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <vector>

#include "agent/cli/human.h"
#include "agent/cli/safe_text.h"

namespace agent {
namespace {

constexpr int kWidth = 960;
constexpr int kChartHeight = 110;
constexpr int kChartGap = 46;
constexpr int kLeft = 90;
constexpr int kRight = 24;
constexpr int kRowHeight = 24;
constexpr int kRowLeft = 260;
constexpr std::size_t kRows = 20;

using Series = std::vector<double>;
using Label = std::function<std::string(double)>;

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

/// Text content and attribute values; what a name hides is made visible first.
std::string escaped(const std::string& raw) {
  std::string out;
  for (const char c : safe_text(raw, Charset::Utf8, 60)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string text_at(double x, double y, const std::string& content, const char* css) {
  return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" class=\"" + css + "\">" +
         escaped(content) + "</text>\n";
}

struct Box {
  double x = 0, y = 0, width = 0, height = 0;
};

/// A day is a step: its value holds until the next one.
std::string steps(const Series& values, const Box& box, double top, const char* css) {
  if (values.empty() || top <= 0) return "";
  const double wide = box.width / static_cast<double>(values.size());
  std::string path = "<path class=\"" + std::string(css) + "\" d=\"M";
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double x = box.x + wide * static_cast<double>(i);
    const double y = box.y + box.height * (1 - std::min(1.0, values[i] / top));
    path += (i == 0 ? "" : "L") + number(x) + " " + number(y) + "H" + number(x + wide);
  }
  return path + "\"/>\n";
}

/// A round number at or above the greatest value, so that the axis says something.
double round_up(double value) {
  if (value <= 0) return 1;
  const double unit = std::pow(10, std::floor(std::log10(value)));
  for (const double step : {1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0}) {
    if (step * unit >= value) return step * unit;
  }
  return 10 * unit;
}

class Drawing {
 public:
  explicit Drawing(const SimulateResponse& response) : response_(response) {}

  std::string draw() {
    title();
    chart("Files a read looks in, mean over the VMs", 0, plain,
          [](const policy::SimulatedTotals& day) { return day.probes_mean; });
    chart("Bytes in deltas at the end of the day", 0, bytes,
          [](const policy::SimulatedTotals& day) { return day.delta_bytes; });
    chart("Bytes merged a day", 0, bytes,
          [](const policy::SimulatedTotals& day) { return day.events.merge_bytes; });
    chart("VMs at or above a threshold", 0, plain, [](const policy::SimulatedTotals& day) {
      return static_cast<double>(day.warn) + static_cast<double>(day.critical);
    });
    rows();
    return head() + body_ + "</svg>\n";
  }

 private:
  static std::string plain(double value) { return human_number(value, value < 10 ? 1 : 0); }
  static std::string bytes(double value) {
    return human_bytes(static_cast<std::uint64_t>(std::max(0.0, value)));
  }

  std::string head() const {
    const std::string size =
        std::to_string(kWidth) + " " + std::to_string(static_cast<int>(y_ + 20));
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + size +
           "\" role=\"img\" aria-label=\"Simulation of snapshot policies\">\n<style>\n"
           "svg{--ground:#fff;--ink:#1c2430;--faint:#667085;--rule:#d8dde5;--one:#0b62c4;--two:#"
           "b54708}\n"
           "@media (prefers-color-scheme:dark){svg{--ground:#12161c;--ink:#e6eaf0;--faint:#98a2b3;"
           "--rule:#303947;--one:#6cb2ff;--two:#ffa657}}\n"
           "text{font:12px "
           "system-ui,sans-serif;fill:var(--ink)}.title{font-size:18px;font-weight:600}"
           ".head{font-weight:600}.axis{fill:var(--faint);font-size:11px}.right{text-anchor:end}"
           ".ground{fill:var(--ground)}.rule{stroke:var(--rule)}"
           ".one,.two{fill:none;stroke-width:2}.one{stroke:var(--one)}.two{stroke:var(--two);"
           "stroke-dasharray:6 3}\n"
           "</style>\n<rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n";
  }

  void title() {
    const std::size_t days = response_.days.size();
    body_ += text_at(kRight, 34,
                     "Snapshots over " + counted(days, "day") + ", " +
                         counted(response_.before.vms.size(), "VM"),
                     "title");
    body_ +=
        "<path class=\"one\" d=\"M24 54H54\"/>\n" + text_at(62, 58, response_.before.name, "head");
    if (response_.after) {
      body_ += "<path class=\"two\" d=\"M404 54H434\"/>\n" +
               text_at(442, 58, response_.after->name, "head");
    }
    y_ = 78;
  }

  template <typename Value>
  static Series series(const Simulation& simulation, const Value& value) {
    Series values;
    for (const policy::SimulatedTotals& day : simulation.days) values.push_back(value(day));
    return values;
  }

  template <typename Value>
  void chart(const char* name, double least, const Label& label, const Value& value) {
    const Series one = series(response_.before, value);
    const Series two = response_.after ? series(*response_.after, value) : Series{};
    double most = least;
    for (const Series* values : {&one, &two}) {
      for (const double each : *values) most = std::max(most, each);
    }
    const double top = round_up(most);
    const Box box{kLeft, y_ + 18, kWidth - kLeft - kRight, kChartHeight};
    body_ += text_at(kRight, y_ + 6, name, "head");
    for (const double share : {0.0, 0.5, 1.0}) {
      const double y = box.y + box.height * (1 - share);
      body_ += "<path class=\"rule\" d=\"M" + number(box.x) + " " + number(y) + "H" +
               number(box.x + box.width) + "\"/>\n";
      body_ += text_at(box.x - 8, y + 4, label(top * share), "axis right");
    }
    body_ += steps(one, box, top, "one") + steps(two, box, top, "two");
    dates(box);
    y_ = box.y + box.height + kChartGap;
  }

  void dates(const Box& box) {
    if (response_.names.empty()) return;
    body_ += text_at(box.x, box.y + box.height + 16, response_.names.front(), "axis");
    body_ +=
        text_at(box.x + box.width, box.y + box.height + 16, response_.names.back(), "axis right");
  }

  static const SimulatedRow* same_vm(const Simulation& simulation, const policy::VmIdentity& vm) {
    for (const SimulatedRow& row : simulation.vms) {
      if (row.vm.endpoint == vm.endpoint && row.vm.moid == vm.moid) return &row;
    }
    return nullptr;
  }

  static Series depths(const SimulatedRow& row) {
    Series values;
    for (const policy::SimulatedDay& day : row.played.days) values.push_back(day.depth);
    return values;
  }

  void rows() {
    const std::size_t shown = std::min(kRows, response_.before.vms.size());
    body_ += text_at(
        kRight, y_ + 6,
        "Deepest chain of a day, " + (shown < response_.before.vms.size()
                                          ? "the " + std::to_string(shown) + " deepest of " +
                                                counted(response_.before.vms.size(), "VM")
                                          : counted(shown, "VM")),
        "head");
    y_ += 18;
    for (std::size_t i = 0; i < shown; ++i) {
      const SimulatedRow& row = response_.before.vms[i];
      const SimulatedRow* other = response_.after ? same_vm(*response_.after, row.vm) : nullptr;
      const Series one = depths(row);
      const Series two = other != nullptr ? depths(*other) : Series{};
      double top = 1;
      for (const Series* values : {&one, &two}) {
        for (const double each : *values) top = std::max(top, each);
      }
      const Box box{kRowLeft, y_ + 3, kWidth - kRowLeft - kLeft, kRowHeight - 8};
      std::string name = safe_text(row.vm.name, Charset::Utf8, 34);
      body_ += text_at(kRight, y_ + 16, name, "name");
      body_ += "<path class=\"rule\" d=\"M" + number(box.x) + " " + number(box.y + box.height) +
               "H" + number(box.x + box.width) + "\"/>\n";
      body_ += steps(one, box, top, "one") + steps(two, box, top, "two");
      body_ += text_at(kWidth - kRight, y_ + 16, "up to " + plain_count(top), "axis right");
      y_ += kRowHeight;
    }
  }

  static std::string plain_count(double value) { return std::to_string(static_cast<int>(value)); }

  const SimulateResponse& response_;
  std::string body_;
  double y_ = 0;
};

}  // namespace

std::string simulation_svg(const SimulateResponse& response) { return Drawing(response).draw(); }

}  // namespace agent
