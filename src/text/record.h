/* Record: one row of a csv, one object of a json file, as a part of a Document.
 *
 * A field called text, content, body … is the record's text and the only one that is kept beside
 * its title; without one all fields are written, a line "name: value" each. A field called title,
 * heading, name or id is its heading. Records are separated by hard boundaries. */
#ifndef TEXT_RECORD_H
#define TEXT_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "text/builder.h"

typedef struct RecordField {
    const char *name, *value; /* borrowed */
} RecordField;

bool record_is_text_name(const char *name); /* ASCII case ignored */

/* record_write: false when there was nothing in it to write. */
bool record_write(Builder *b, const RecordField *fields, size_t count);

#endif
