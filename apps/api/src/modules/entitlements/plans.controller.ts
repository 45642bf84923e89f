import { Controller, Get } from '@nestjs/common';
import { Answers, Public, Search, type ListOfQuery } from '#platform/http/index.js';
import { PLAN_LIST, PlanOut } from './plans.dto.js';
import { Plans } from './plans.service.js';

@Controller('plans')
export class PlansController {
  constructor(private readonly plans: Plans) {}

  @Get()
  @Public()
  @Answers(200, [PlanOut])
  list(@Search(PLAN_LIST) list: ListOfQuery<typeof PLAN_LIST>) {
    return this.plans.priceList(list);
  }
}
