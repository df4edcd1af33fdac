#include "vsphere-client/curl_transport.h"

#include <array>
#include <mutex>
#include <new>
#include <stdexcept>
#include <utility>

#include "vsphere-client/curl_setup.h"
#include "vsphere-client/error.h"
#include "vsphere-client/transfer.h"

namespace vsphere {
namespace {

using std::chrono::milliseconds;

void initialise_curl() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) throw std::logic_error("libcurl does not start");
  if (!curl_uses_openssl()) {
    throw std::logic_error(
        "the libcurl that is loaded does not use OpenSSL, so a thumbprint could "
        "not be checked; install the OpenSSL flavour");
  }
}

/// The handle is in the multi handle for as long as this lives; taking it out midway closes the
/// connection.
class Attached {
 public:
  Attached(CURLM* multi, CURL* easy) : multi_(multi), easy_(easy) {
    if (curl_multi_add_handle(multi_, easy_) != CURLM_OK) {
      throw std::logic_error("a second call on a channel that is busy");
    }
  }
  ~Attached() { curl_multi_remove_handle(multi_, easy_); }
  Attached(const Attached&) = delete;
  Attached& operator=(const Attached&) = delete;

 private:
  CURLM* multi_;
  CURL* easy_;
};

/// One kept-alive connection.
struct Line {
  TlsCheck tls;
  std::array<char, CURL_ERROR_SIZE> words{};  ///< libcurl's own, of the last failure
  Multi multi;  // before easy: libcurl wants the easy handle gone first
  Easy easy;

  void forget_last() {
    words[0] = '\0';
    tls.forget_last();
  }
};

/// Opens nothing yet.
void open_line(Line& line, const CurlOptions& options, const Address& address) {
  line.tls.trust = options.trust;
  line.multi.reset(curl_multi_init());
  line.easy.reset(curl_easy_init());
  if (!line.multi || !line.easy) throw std::bad_alloc();
  curl_multi_setopt(line.multi.get(), CURLMOPT_MAXCONNECTS, 1L);
  set_option(line.easy.get(), CURLOPT_ERRORBUFFER, line.words.data());
  set_defaults(line.easy.get(), options, address, line.tls);
}

/// Runs to the end; the code is libcurl's, and `transfer.ending()` tells when it was us.
CURLcode drive(const Line& line, Transfer& transfer, const std::stop_token& stop) {
  CURLM* multi = line.multi.get();
  const Attached attached(multi, line.easy.get());
  const std::stop_callback wake(stop, [multi] { curl_multi_wakeup(multi); });
  for (;;) {
    int running = 0;
    if (curl_multi_perform(multi, &running) != CURLM_OK) return CURLE_FAILED_INIT;
    if (running == 0) {
      int left = 0;
      const CURLMsg* message = curl_multi_info_read(multi, &left);
      return message == nullptr ? CURLE_FAILED_INIT : message->data.result;
    }
    Transfer::Clock::duration wait{};
    if (transfer.look(Transfer::Clock::now(), stop.stop_requested(), wait)) {
      return CURLE_ABORTED_BY_CALLBACK;
    }
    const auto rounded_up = std::chrono::ceil<milliseconds>(wait);
    curl_multi_poll(multi, nullptr, 0, static_cast<int>(rounded_up.count()), nullptr);
  }
}

/// Throws when the transfer has failed.
void check(CURLcode code, const Line& line, const Transfer& transfer, const Request& request,
           const CurlOptions& options, const Address& address) {
  if (code == CURLE_OK && transfer.ending() == Ending::Curl) return;
  Failure failure;
  failure.ending = transfer.ending();
  failure.code = code;
  failure.operation = request.operation.empty() ? request.path : request.operation;
  failure.host = address.host;
  curl_easy_getinfo(line.easy.get(), CURLINFO_OS_ERRNO, &failure.os_error);
  failure.detail = line.words[0] != '\0' ? line.words.data() : curl_easy_strerror(code);
  failure.bytes_left = transfer.bytes_left();
  failure.limit = code == CURLE_OPERATION_TIMEDOUT ? options.connect_timeout : transfer.limit();
  failure.size_limit = options.max_body_bytes;
  throw curl_error(failure, line.tls);
}

Easy open_jar(CURLSH* share) {
  Easy jar(curl_easy_init());
  if (!jar) throw std::bad_alloc();
  set_option(jar.get(), CURLOPT_SHARE, share);
  return jar;
}

}  // namespace

struct CurlTransport::Impl {
  Impl(CurlOptions given, std::stop_token token);
  Reply send(const Request& request, const BodySink& sink);

  static void lock(CURL*, curl_lock_data data, curl_lock_access, void* self);
  static void unlock(CURL*, curl_lock_data data, void* self);

  CurlOptions options;
  std::stop_token stop;
  Address address;
  // Both lines carry one session, from two threads: libcurl wants a lock for each kind of data.
  std::array<std::mutex, CURL_LOCK_DATA_LAST> locks;
  Share share;
  std::mutex jar_lock;
  Easy jar;  ///< never sends: it reaches the shared cookies while both lines are busy
  std::array<Line, 2> lines;
};

CurlTransport::Impl::Impl(CurlOptions given, std::stop_token token)
    : options(std::move(given)),
      stop(std::move(token)),
      address(parse_address(options.base_url, options.allow_http)) {
  initialise_curl();
  share.reset(curl_share_init());
  if (!share) throw std::bad_alloc();
  curl_share_setopt(share.get(), CURLSHOPT_LOCKFUNC, &Impl::lock);
  curl_share_setopt(share.get(), CURLSHOPT_UNLOCKFUNC, &Impl::unlock);
  curl_share_setopt(share.get(), CURLSHOPT_USERDATA, static_cast<void*>(this));
  curl_share_setopt(share.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
  jar = open_jar(share.get());
  for (Line& line : lines) {
    open_line(line, options, address);
    set_option(line.easy.get(), CURLOPT_SHARE, share.get());
  }
}

void CurlTransport::Impl::lock(CURL*, curl_lock_data data, curl_lock_access, void* self) {
  static_cast<Impl*>(self)->locks.at(data).lock();
}

void CurlTransport::Impl::unlock(CURL*, curl_lock_data data, void* self) {
  static_cast<Impl*>(self)->locks.at(data).unlock();
}

Reply CurlTransport::Impl::send(const Request& request, const BodySink& sink) {
  if (stop.stop_requested() && !request.farewell) {
    throw Error(ErrorKind::Interrupted, Outcome::NotExecuted,
                request.operation + " at " + address.host + ": not sent, we are stopping");
  }
  Line& line = lines.at(request.channel == Channel::Calls ? 0 : 1);
  const List headers = set_request(line.easy.get(), address, request);
  line.forget_last();
  Transfer transfer(line.easy.get(), options, request, sink);
  const CURLcode code = drive(line, transfer, stop);
  transfer.rethrow_sink_error();
  if (code == CURLE_OK) transfer.finish();
  check(code, line, transfer, request, options, address);
  return transfer.take_reply();
}

CurlTransport::CurlTransport(CurlOptions options, std::stop_token stop)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(stop))) {}

CurlTransport::~CurlTransport() = default;

Reply CurlTransport::send(const Request& request, const BodySink& sink) {
  return impl_->send(request, sink);
}

void CurlTransport::forget_session() {
  const std::lock_guard guard(impl_->jar_lock);
  set_option(impl_->jar.get(), CURLOPT_COOKIELIST, "ALL");
}

std::string fetch_thumbprint(const std::string& base_url, std::stop_token stop) {
  CurlOptions options;
  options.base_url = base_url;
  options.trust.mode = TlsTrust::Mode::Insecure;
  const Address address = parse_address(base_url, options.allow_http);
  initialise_curl();
  Line line;
  open_line(line, options, address);
  set_option(line.easy.get(), CURLOPT_CONNECT_ONLY, 1L);
  Request request;
  request.verb = Verb::Get;
  request.path = "/";
  request.operation = "reading the certificate";
  const BodySink nothing;
  const List headers = set_request(line.easy.get(), address, request);
  Transfer transfer(line.easy.get(), options, request, nothing);
  const CURLcode code = drive(line, transfer, stop);
  check(code, line, transfer, request, options, address);
  if (line.tls.shown.empty()) {
    throw Error(ErrorKind::Tls, Outcome::NotExecuted,
                "reading the certificate at " + address.host + ": none was shown");
  }
  return line.tls.shown;
}

}  // namespace vsphere
