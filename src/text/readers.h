/* The readers of the formats, for the table in reader.c; contract of each: Reader.read in reader.h.
 * A reader may leave the title NULL: reader_read then takes the first heading or the file's name.
 */
#ifndef TEXT_READERS_H
#define TEXT_READERS_H

#include "text/reader.h"

bool read_text(const char *path, const char *bytes, size_t size, const Cancel *cancel,
               Document *out, Err *err);
bool read_markdown(const char *path, const char *bytes, size_t size, const Cancel *cancel,
                   Document *out, Err *err);
bool read_html(const char *path, const char *bytes, size_t size, const Cancel *cancel,
               Document *out, Err *err);
bool read_pdf(const char *path, const char *bytes, size_t size, const Cancel *cancel, Document *out,
              Err *err);
bool read_docx(const char *path, const char *bytes, size_t size, const Cancel *cancel,
               Document *out, Err *err);
bool read_json(const char *path, const char *bytes, size_t size, const Cancel *cancel,
               Document *out, Err *err);
bool read_jsonl(const char *path, const char *bytes, size_t size, const Cancel *cancel,
                Document *out, Err *err);
bool read_csv(const char *path, const char *bytes, size_t size, const Cancel *cancel, Document *out,
              Err *err);
bool read_tsv(const char *path, const char *bytes, size_t size, const Cancel *cancel, Document *out,
              Err *err);

#endif
