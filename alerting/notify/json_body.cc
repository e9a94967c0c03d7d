// A body of the user's own making.

#include "alerting/notify/drafts.h"
#include "alerting/notify/template_text.h"

namespace plimsoll::alerting {

Result<Draft> JsonDraft(const ReceiverConfig& receiver, const MessageText& text) {
  Result<std::string> body =
      Render(receiver.body_template, FieldsOf(text, receiver.name), TemplateEscape::kJson);
  if (!body) return tl::unexpected(body.error().In("the template of the receiver " + receiver.name));
  return Draft{receiver.urls.front().Reveal(), std::move(*body), {}};
}

}  // namespace plimsoll::alerting
