#include "vsphere-client/xml_gate.h"

#include <algorithm>
#include <cctype>

namespace vsphere {
namespace {

constexpr std::string_view kSoap = "http://schemas.xmlsoap.org/soap/envelope/";
constexpr std::string_view kXsi = "http://www.w3.org/2001/XMLSchema-instance";
/// Longest tag, comment or CDATA section: far above any real one, and it bounds what a token that
/// trickles in byte by byte can cost.
constexpr std::ptrdiff_t kMarkupBytes = 16 << 10;
/// Depth of the response element: Envelope, Body, response.
constexpr int kResponseDepth = 3;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string_view name_at(const char* p, const char* end) {
  const char* q = p;
  while (q < end && !is_blank(*q) && *q != '>' && *q != '/' && *q != '=') ++q;
  return {p, q};
}

std::vector<std::vector<std::string>> paths_of(std::string_view item) {
  if (item.empty()) return {};
  if (item.find('/') == std::string_view::npos) {
    return {{std::string(item)}, {"returnval", std::string(item)}};
  }
  std::vector<std::string> parts;
  for (std::size_t from = 0; from <= item.size();) {
    const std::size_t to = std::min(item.find('/', from), item.size());
    parts.emplace_back(item.substr(from, to - from));
    from = to + 1;
  }
  return {parts};
}

}  // namespace

XmlGate::XmlGate(std::string_view item, Limits limits, BodySink body, ItemSink items)
    : paths_(paths_of(item)),
      limits_(limits),
      body_(std::move(body)),
      items_(std::move(items)),
      outer_depth_(kResponseDepth),
      matched_(paths_.size(), 0) {
  for (const auto& path : paths_) {
    outer_depth_ = std::max(outer_depth_, kResponseDepth + static_cast<int>(path.size()));
  }
}

void XmlGate::feed(std::string_view chunk) {
  const std::size_t done = item_depth_ != 0 ? item_from_ : pos_;
  if (done > 0) {
    buffer_.erase(0, done);
    passed_ += done;
    pos_ -= done;
    frame_from_ = 0;
    item_from_ = 0;
  }
  buffer_ += chunk;
  scan();
  if (item_depth_ == 0) keep_frame(buffer_.data() + pos_);
}

void XmlGate::finish() const {
  const std::string after = " after " + std::to_string(passed_ + buffer_.size()) + " bytes";
  if (!root_closed_ || pos_ != buffer_.size()) throw GateRefusal("it breaks off" + after);
  if (!saw_child_) throw GateRefusal("its Body is empty");
}

/// End of what may be looked at now: neither the open item nor the frame may grow beyond its limit,
/// whatever stands behind that.
const char* XmlGate::limit() const {
  const bool item = item_depth_ != 0;
  const std::size_t from = item ? item_from_ : frame_from_;
  const std::uint64_t room = item ? limits_.item_bytes : limits_.frame_bytes - frame_.size();
  const std::size_t left = buffer_.size() - from;
  return buffer_.data() + from + (left > room ? static_cast<std::size_t>(room) : left);
}

void XmlGate::refuse_size() const {
  const bool item = item_depth_ != 0;
  const std::uint64_t bytes = item ? limits_.item_bytes : limits_.frame_bytes;
  throw GateRefusal(
      (item ? "one of its objects is larger than " : "it is, without objects, larger than ") +
      std::to_string(bytes >> 10) + " KiB");
}

void XmlGate::scan() {
  const char* p = buffer_.data() + pos_;
  for (;;) {
    const char* const end = limit();
    if (item_depth_ != 0) {
      p = pass_elements(p, end, kMarkupBytes, item_depth_, limits_.depth, depth_);
    } else if (depth_ >= kResponseDepth) {
      p = find_text_end(p, end);
    } else {
      p = find_blank_end(p, end, depth_ == 0 ? "outside the envelope" : "around the body");
    }
    pos_ = static_cast<std::size_t>(p - buffer_.data());
    const char* const next = p < end && *p == '<' ? markup(p, end) : nullptr;
    if (next == nullptr) {
      if (end != buffer_.data() + buffer_.size()) refuse_size();
      return;
    }
    p = next;
    pos_ = static_cast<std::size_t>(p - buffer_.data());
  }
}

/// One past the markup at p, nullptr when it goes on beyond `limit`.
const char* XmlGate::markup(const char* p, const char* limit) {
  const bool capped = limit - p > kMarkupBytes;
  const char* const cap = capped ? p + kMarkupBytes : limit;
  const char* next = nullptr;
  if (limit - p < 2) return nullptr;
  if (p[1] == '!') {
    next = section(p, cap);
  } else if (p[1] == '?') {
    next = declaration(p, cap);
  } else {
    next = find_tag_end(p, cap);
    if (next != nullptr) p[1] == '/' ? close_element(next) : open_element(p, next);
  }
  if (next == nullptr && capped) throw GateRefusal("it holds a tag of more than 16 KiB");
  return next;
}

/// The XML declaration, allowed only as the very first bytes.
const char* XmlGate::declaration(const char* p, const char* limit) {
  if (passed_ != 0 || p != buffer_.data()) throw GateRefusal("it holds a processing instruction");
  const std::string_view text(p, limit);
  const std::size_t end = text.find("?>");
  if (end == std::string_view::npos) return nullptr;
  std::string lower(text.substr(0, end));
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  check_characters(p, p + end);
  const bool names_encoding = lower.find("encoding") != std::string::npos;
  if (names_encoding && lower.find("utf-8") == std::string::npos) {
    throw GateRefusal("its encoding is not UTF-8");
  }
  return p + end + 2;
}

/// A comment or a CDATA section; everything else that starts with "<!" is a document type.
const char* XmlGate::section(const char* p, const char* limit) {
  const std::string_view text(p, limit);
  for (const auto& [opens, closes] :
       {std::pair<std::string_view, std::string_view>{"<!--", "-->"}, {"<![CDATA[", "]]>"}}) {
    const std::size_t seen = std::min(opens.size(), text.size());
    if (text.substr(0, seen) != opens.substr(0, seen)) continue;
    if (seen < opens.size()) return nullptr;
    if (opens != "<!--" && depth_ < kResponseDepth)
      throw GateRefusal("text stands around the body");
    const std::size_t end = text.find(closes, opens.size());
    if (end == std::string_view::npos) return nullptr;
    check_characters(p, p + end);
    return p + end + closes.size();
  }
  throw GateRefusal("it holds a document type or entity declaration");
}

void XmlGate::open_element(const char* tag, const char* tag_end) {
  if (++depth_ > limits_.depth) {
    throw GateRefusal("its elements nest deeper than " + std::to_string(limits_.depth));
  }
  if (item_depth_ == 0 && depth_ <= outer_depth_) enter_outer(tag, tag_end);
  if (tag_end[-2] == '/') close_element(tag_end);
}

void XmlGate::close_element(const char* tag_end) {
  if (depth_ == 0) throw GateRefusal("it closes an element that was never opened");
  if (item_depth_ == depth_) {
    item_depth_ = 0;
    frame_from_ = static_cast<std::size_t>(tag_end - buffer_.data());
    items_(buffer_.data() + item_from_, frame_from_ - item_from_);
  }
  --depth_;
  if (depth_ >= outer_depth_ || item_depth_ != 0) return;
  while (!bindings_.empty() && bindings_.back().depth > depth_) bindings_.pop_back();
  for (std::size_t& parts : matched_) {
    parts = std::min(parts, static_cast<std::size_t>(std::max(0, depth_ - kResponseDepth)));
  }
  in_body_ = in_body_ && depth_ >= 2;
  in_response_ = in_response_ && depth_ >= kResponseDepth;
  root_closed_ = depth_ == 0;
}

/// An element that is, or may stand around, the envelope's parts or an item.
void XmlGate::enter_outer(const char* tag, const char* tag_end) {
  const std::string_view whole = name_at(tag + 1, tag_end);
  bind_namespaces(whole.data() + whole.size(), tag_end);
  const std::size_t colon = whole.find(':');
  const bool prefixed = colon != std::string_view::npos;
  const QName name{prefixed ? whole.substr(0, colon) : std::string_view(),
                   prefixed ? whole.substr(colon + 1) : whole};
  if (depth_ <= kResponseDepth) {
    enter_envelope_part(name);
  } else if (in_response_ && enter_path(name.local)) {
    start_item(tag);
  }
}

void XmlGate::enter_envelope_part(QName name) {
  const bool is_soap = resolve(name.prefix) == kSoap;
  if (depth_ == 1) {
    if (root_closed_) throw GateRefusal("a second document follows the envelope");
    if (!is_soap || name.local != "Envelope") throw GateRefusal("it is no SOAP 1.1 envelope");
    saw_envelope_ = true;
  } else if (depth_ == 2) {
    const bool header = is_soap && name.local == "Header" && !saw_header_ && !saw_body_;
    const bool body = is_soap && name.local == "Body" && !saw_body_;
    if (!header && !body) throw GateRefusal("its envelope holds more than one Header and one Body");
    saw_header_ = saw_header_ || header;
    saw_body_ = saw_body_ || body;
    in_body_ = body;
  } else if (in_body_) {
    if (saw_child_) throw GateRefusal("its Body holds more than one element");
    saw_child_ = true;
    in_response_ = !is_soap;
    body_(name.local, is_soap);
  }
}

/// True when the element just opened is an item.
bool XmlGate::enter_path(std::string_view local) {
  const auto level = static_cast<std::size_t>(depth_ - kResponseDepth - 1);
  bool item = false;
  for (std::size_t i = 0; i < paths_.size(); ++i) {
    const auto& path = paths_[i];
    if (level >= path.size() || matched_[i] != level || path[level] != local) continue;
    matched_[i] = level + 1;
    item = item || matched_[i] == path.size();
  }
  return item;
}

void XmlGate::start_item(const char* tag) {
  keep_frame(tag);
  item_from_ = static_cast<std::size_t>(tag - buffer_.data());
  item_depth_ = depth_;
  inherited_xsi_.clear();
  for (const Binding& binding : bindings_) {
    if (binding.depth == depth_ || binding.prefix.empty() || resolve(binding.prefix) != kXsi)
      continue;
    std::string attribute = "xmlns:" + binding.prefix;
    const auto known = std::find(inherited_xsi_.begin(), inherited_xsi_.end(), attribute);
    if (known == inherited_xsi_.end()) inherited_xsi_.push_back(std::move(attribute));
  }
}

/// Remembers xmlns and xmlns:P attributes of a start tag until its element ends.
void XmlGate::bind_namespaces(const char* p, const char* tag_end) {
  while (p < tag_end) {
    while (p < tag_end && (is_blank(*p) || *p == '/' || *p == '>')) ++p;
    const std::string_view name = name_at(p, tag_end);
    p = name.data() + name.size();
    while (p < tag_end && *p != '"' && *p != '\'') ++p;
    if (p == tag_end) return;
    const char* const close = std::find(p + 1, tag_end, *p);
    if (close == tag_end) return;
    if (name == "xmlns" || name.substr(0, 6) == "xmlns:") {
      bindings_.push_back(
          {depth_, std::string(name == "xmlns" ? "" : name.substr(6)), std::string(p + 1, close)});
    }
    p = close + 1;
  }
}

std::string_view XmlGate::resolve(std::string_view prefix) const {
  for (auto binding = bindings_.rbegin(); binding != bindings_.rend(); ++binding) {
    if (binding->prefix == prefix) return binding->uri;
  }
  return {};
}

void XmlGate::keep_frame(const char* until) {
  const char* const from = buffer_.data() + frame_from_;
  if (until <= from) return;
  frame_.append(from, until);
  frame_from_ = static_cast<std::size_t>(until - buffer_.data());
}

}  // namespace vsphere
