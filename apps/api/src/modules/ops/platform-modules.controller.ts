import { Controller, Get, Param, Put } from '@nestjs/common';
import type { PlatformScope } from '#platform/db/index.js';
import { Answers, Audited, In, Platform, Scope, Search, type ListOfQuery } from '#platform/http/index.js';
import { PLATFORM_MODULES, PlatformModuleIn, PlatformModuleOut } from './platform-modules.dto.js';
import { PlatformModules } from './platform-modules.service.js';

/** The platform's switch of each module. */
@Controller('platform/modules')
@Platform('platform:modules')
export class PlatformModulesController {
  constructor(private readonly modules: PlatformModules) {}

  @Get()
  @Answers(200, [PlatformModuleOut])
  list(@Scope() scope: PlatformScope, @Search(PLATFORM_MODULES) list: ListOfQuery<typeof PLATFORM_MODULES>) {
    return this.modules.list(scope, list);
  }

  @Get(':module_code')
  @Answers(200, PlatformModuleOut)
  get(@Scope() scope: PlatformScope, @Param('module_code') module_code: string) {
    return this.modules.get(scope, module_code);
  }

  @Put(':module_code')
  @Audited('module.switched')
  @Answers(200, PlatformModuleOut, 'module_is_core', 'invalid_state', 'reason_required')
  switch(@Scope() scope: PlatformScope, @Param('module_code') module_code: string, @In() body: PlatformModuleIn) {
    return this.modules.switch(scope, module_code, body);
  }
}
