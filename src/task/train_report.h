/* The report of a run as JSON and back. */
#ifndef TASK_TRAIN_REPORT_H
#define TASK_TRAIN_REPORT_H

#include <cjson/cJSON.h>

#include "task/train.h"

/* train_report_parse: from train_report_json; false when it is not one. */
bool train_report_parse(const char *json, TrainReport *ret);

/* "verdicts" and "journal" of a run's options and report. parse: zeros where there are none. */
void train_verdicts_add(cJSON *j, const TrainVerdicts *v);
void train_verdicts_parse(const char *json, TrainVerdicts *ret);

#endif
