#include "edge/cloudfront_event.hpp"

#include <cstring>

#include "encoding/json_path.hpp"
#include "encoding/json_scanner.hpp"
#include "encoding/slice.hpp"

namespace portcullis {
namespace {

constexpr json_bounds bounds{limits::max_claims_depth, limits::max_claims_members};

constexpr std::uint8_t bit_of(event_type type) noexcept {
  return static_cast<std::uint8_t>(1u << static_cast<unsigned>(type));
}
constexpr std::uint8_t request_events =
    bit_of(event_type::viewer_request) | bit_of(event_type::origin_request);
constexpr std::uint8_t response_events =
    bit_of(event_type::origin_response) | bit_of(event_type::viewer_response);
constexpr std::uint8_t origin_events =
    bit_of(event_type::origin_request) | bit_of(event_type::origin_response);
constexpr std::uint8_t origin_response_event = bit_of(event_type::origin_response);
constexpr std::uint8_t all_events = request_events | response_events;

constexpr cloudfront_field fields[] = {
#define PORTCULLIS_CLOUDFRONT_FIELD(path, type, events, access) \
  {path, field_type::type, events, field_access::access},
#include "edge/cloudfront_fields.def"
#undef PORTCULLIS_CLOUDFRONT_FIELD
};

// What the value at some place of an event has to be.
enum class shape : std::uint8_t {
  any,  // nothing is known about it
  event,
  records,
  record,
  object,  // one with rows of the table for members: cf, and the rows of type object
  headers,
  header_list,
  header_entry,
  text_list,
  text,
  integer,
  boolean,
};

// The rest follows from this: the kind of JSON value.
constexpr json_kind kinds[] = {json_kind::none,   json_kind::object, json_kind::array,
                               json_kind::object, json_kind::object, json_kind::object,
                               json_kind::array,  json_kind::object, json_kind::array,
                               json_kind::string, json_kind::number, json_kind::literal};
static_assert(sizeof kinds / sizeof *kinds == static_cast<std::size_t>(shape::boolean) + 1);

// In the order of field_type.
constexpr shape shapes[] = {shape::text,   shape::integer, shape::boolean,
                            shape::object, shape::headers, shape::text_list};
static_assert(sizeof shapes / sizeof *shapes ==
              static_cast<std::size_t>(field_type::text_list) + 1);

struct expected {
  shape what = shape::any;
  const cloudfront_field* field = nullptr;  // the row; cf itself has none
};

// The row for a member of the object that `outer` is the row of.
const cloudfront_field* find_field(const cloudfront_field* outer, const json_text& name,
                                   std::uint8_t events) noexcept {
  const std::size_t skipped = outer == nullptr ? 0 : outer->path.size() + 1;
  for (const cloudfront_field& field : fields) {
    if ((field.events & events) == 0 || field.path.size() <= skipped) continue;
    if (skipped != 0 && (!has_at(field.path, 0, outer->path) || field.path[skipped - 1] != '.')) {
      continue;
    }
    const std::string_view last = slice(field.path, skipped);
    // A member that is called "custom.port" is not the port.
    if (equal(name, last) && last.find('.') == std::string_view::npos) return &field;
  }
  return nullptr;
}

// One walk over the text, not by recursion. The first looks: is it an event, and of which type. The
// second checks the types and writes.
class event_walk {
 public:
  // Looks.
  explicit event_walk(std::string_view event) noexcept
      : scanner_(event, bounds), events_(all_events) {}

  // Checks and writes an event that the first walk has found to be one.
  event_walk(std::string_view event, std::uint8_t events, std::string_view part, char* out,
             std::size_t capacity) noexcept
      : scanner_(event, bounds),
        events_(events),
        checks_(true),
        writes_(part.empty()),
        part_(part),
        out_(out),
        capacity_(capacity) {}

  // False with `error` set.
  bool walk(event_error& error) noexcept {
    expected next{shape::event};
    for (;;) {
      if (!walk_value(next, error)) return false;
      for (;;) {  // on to the next value, out of what ends here
        if (depth_ == 0) return scanner_.finish() || fail(event_fault::not_json, error);
        level& inner = levels_[depth_ - 1];
        if (inner.object ? scanner_.next_member(inner.name) : scanner_.next_item()) {
          next = find_expected(inner);
          ++inner.count;
          break;
        }
        if (scanner_.failed()) return fail(event_fault::not_json, error);
        write(inner.object ? '}' : ']');
        --depth_;
        if (depth_ == part_depth_) {
          writes_ = false;
          part_depth_ = nowhere;
        }
      }
    }
  }

  [[nodiscard]] bool found_cf() const noexcept { return found_cf_; }
  [[nodiscard]] bool found_part() const noexcept { return found_part_; }
  [[nodiscard]] bool fits() const noexcept { return size_ <= capacity_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  // The rows that hold: those of the event's type, or all when it does not tell a known one.
  [[nodiscard]] std::uint8_t events() const noexcept { return events_; }

 private:
  struct level {
    expected here;
    json_text name;         // of the member that is being read
    std::size_t count = 0;  // of members or items begun
    bool object = false;
    bool written = false;  // something, so that a comma is due
  };
  static constexpr std::uint32_t nowhere = 0xffffffff;

  [[nodiscard]] expected find_expected(const level& outer) const noexcept {
    const cloudfront_field* const field = outer.here.field;
    switch (outer.here.what) {
      case shape::event:
        if (equal(outer.name, "Records")) return {shape::records};
        break;
      case shape::records:
        if (outer.count == 0) return {shape::record};
        break;
      case shape::record:
        if (equal(outer.name, "cf")) return {shape::object};
        break;
      case shape::object:
        if (const auto* found = find_field(field, outer.name, events_); found != nullptr) {
          return {shapes[static_cast<std::size_t>(found->type)], found};
        }
        break;
      case shape::headers:
        return {shape::header_list, field};
      case shape::header_list:
        return {shape::header_entry, field};
      case shape::header_entry:
        if (equal(outer.name, "key") || equal(outer.name, "value")) return {shape::text, field};
        break;
      case shape::text_list:
        return {shape::text, field};
      default:
        break;
    }
    return {};
  }

  bool walk_value(expected next, event_error& error) noexcept {
    const json_kind kind = scanner_.peek();
    std::string_view word;  // of a number or literal
    json_text text;
    bool read = true;
    switch (kind) {
      case json_kind::object:
      case json_kind::array:
        break;  // once it is known to be the right one
      case json_kind::string:
        read = scanner_.read_string(text);
        break;
      case json_kind::number:
        read = scanner_.read_number(word);
        break;
      case json_kind::literal:
        read = scanner_.read_literal(word);
        if (read && word.front() == 'n') return true;
        break;
      case json_kind::none:
        read = false;
        break;
    }
    if (!read) return fail(event_fault::not_json, error);

    const json_kind wanted = kinds[static_cast<std::size_t>(next.what)];
    std::int64_t number = 0;
    if (next.what != shape::any &&
        (kind != wanted || (next.what == shape::integer && !parse_integer(word, number)))) {
      if (checks_) return fail(event_fault::wrong_type, error);
      next = {};  // then it is no event, or the second walk finds it again
    }

    begin_value();
    if (kind == json_kind::string) {
      if (!checks_ && next.field == &event_type_field()) read_event_type(text);
      write('"');
      write(text.raw);
      write('"');
      return true;
    }
    if (kind != json_kind::object && kind != json_kind::array) {
      write(word);
      return true;
    }
    const bool object = kind == json_kind::object;
    if (!(object ? scanner_.enter_object() : scanner_.enter_array())) {
      return fail(event_fault::not_json, error);
    }
    if (next.what == shape::object && next.field == nullptr) found_cf_ = true;
    if (next.what == shape::object && next.field != nullptr && next.field->path == part_) {
      found_part_ = true;
      writes_ = true;
      part_depth_ = depth_;
    }
    write(object ? '{' : '[');
    level& inner = levels_[depth_++];
    inner.here = next;
    inner.count = 0;
    inner.object = object;
    inner.written = false;
    return true;
  }

  static const cloudfront_field& event_type_field() noexcept {
    constexpr std::size_t row = 3;
    static_assert(fields[row].path == "config.eventType");
    return fields[row];
  }

  void read_event_type(const json_text& text) noexcept {
    char buffer[16];
    event_type type{};
    const auto name = decode(text, buffer);
    if (name && parse_event_type(*name, type)) events_ = bit_of(type);
  }

  // What stands before a value: a comma, a name. Not before the part itself, which is not yet
  // written.
  void begin_value() noexcept {
    if (!writes_ || depth_ == 0) return;
    level& outer = levels_[depth_ - 1];
    if (outer.written) write(',');
    outer.written = true;
    if (!outer.object) return;
    write('"');
    write(outer.name.raw);
    write("\":");
  }

  void write(char c) noexcept { write(std::string_view(&c, 1)); }

  void write(std::string_view text) noexcept {
    if (!writes_) return;
    // Counted in any case: too much is told when all has been read.
    if (size_ <= capacity_ && text.size() <= capacity_ - size_ && !text.empty()) {
      std::memcpy(out_ + size_, text.data(), text.size());
    }
    size_ += text.size();
  }

  bool fail(event_fault fault, event_error& error) noexcept {
    error.fault = fault;
    error.path.append('$');
    if (fault == event_fault::not_json) {
      error.path.append(" at byte ");
      error.path.append_number(scanner_.offset());
      return false;
    }
    for (std::uint32_t i = 0; i < depth_; ++i) {
      if (levels_[i].object) {
        append_path_member(error.path, levels_[i].name);
      } else {
        append_path_index(error.path, levels_[i].count - 1);
      }
    }
    return false;
  }

  json_scanner scanner_;
  std::uint8_t events_;
  bool checks_ = false;
  bool writes_ = false;
  bool found_cf_ = false;
  bool found_part_ = false;
  std::uint32_t part_depth_ = nowhere;
  std::string_view part_;
  char* out_ = nullptr;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
  std::uint32_t depth_ = 0;
  level levels_[bounds.depth];
};

// Not inlined: its walk is not to be on the stack beside the other.
[[gnu::noinline]] bool look(std::string_view event, std::uint8_t& events,
                            event_error& error) noexcept {
  event_walk first(event);
  if (!first.walk(error)) return false;
  events = first.events();
  if (first.found_cf()) return true;
  error.fault = event_fault::not_an_event;
  error.path.append("$.Records[0].cf");
  return false;
}

}  // namespace

const cloudfront_field* cloudfront_fields(std::size_t& count) noexcept {
  count = sizeof fields / sizeof *fields;
  return fields;
}

std::size_t write_event(std::string_view event, std::string_view part, char* out,
                        std::size_t capacity, event_error& error) noexcept {
  error.fault = event_fault::none;
  error.path.clear();
  std::uint8_t events = 0;
  if (!look(event, events, error)) return 0;

  event_walk second(event, events, part, out, capacity);
  if (!second.walk(error)) return 0;
  if (!part.empty() && !second.found_part()) {
    error.fault = event_fault::not_an_event;
    error.path.append("$.Records[0].cf");
    append_path_member(error.path, {part});
    return 0;
  }
  if (!second.fits()) {
    error.fault = event_fault::buffer_too_small;
    error.path.append('$');
    return 0;
  }
  return second.size();
}

}  // namespace portcullis
