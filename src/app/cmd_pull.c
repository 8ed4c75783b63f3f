#include <stdio.h>
#include <stdlib.h>

#include "app/cmd.h"
#include "app/output.h"
#include "model/hub.h"

static void print_json(const Session *s, const char *id, const HubReport *r)
{
    cJSON *j = cJSON_CreateObject();
    json_text(j, "model", id);
    json_text(j, "commit", r->commit);
    json_text(j, "folder", r->folder);
    json_number(j, "files", (double)r->files);
    json_number(j, "bytes", (double)r->bytes);
    json_number(j, "fetched", (double)r->fetched);
    json_number(j, "fetched_bytes", (double)r->fetched_bytes);
    output_json(j, s->out);
}

bool cmd_pull(Session *s, Err *err)
{
    const char *id = session_argument(s, 0);
    HubReport r = {0};
    if (!hub_pull(id, s->options->revision, s->env.cancel, s->env.progress, &r, err)) return false;
    session_quiet(s);
    if (s->options->json) {
        print_json(s, id, &r);
    } else if (r.fetched == 0) {
        fprintf(s->out, "%s: all of its %zu files are there: %s\n", id, r.files, r.folder);
    } else {
        fprintf(s->out, "%s: %zu of %zu files fetched, %.1f MB: %s\n", id, r.fetched, r.files,
                (double)r.fetched_bytes / 1e6, r.folder);
    }
    hub_report_release(&r);
    return true;
}
