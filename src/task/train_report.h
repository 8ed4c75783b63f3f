/* The report of a run as JSON and back. */
#ifndef TASK_TRAIN_REPORT_H
#define TASK_TRAIN_REPORT_H

#include "task/train.h"

/* train_report_parse: from train_report_json; false when it is not one. */
bool train_report_parse(const char *json, TrainReport *ret);

#endif
