import { Controller, Delete, Get, Param, Patch, Post } from '@nestjs/common';
import type { PlatformScope } from '#platform/db/index.js';
import { Answers, Audited, In, Platform, Scope, Search, type ListOfQuery } from '#platform/http/index.js';
import { IfMatch } from '../rbac/index.js';
import { TEMPLATE_LIST, TemplateIn, TemplateOut, TemplatePatch } from './platform-templates.dto.js';
import { PlatformTemplates } from './platform-templates.service.js';

@Controller('platform/templates')
@Platform('platform:modules')
export class PlatformTemplatesController {
  constructor(private readonly templates: PlatformTemplates) {}

  @Get()
  @Answers(200, [TemplateOut])
  list(@Scope() scope: PlatformScope, @Search(TEMPLATE_LIST) list: ListOfQuery<typeof TEMPLATE_LIST>) {
    return this.templates.list(scope, list);
  }

  @Get(':template_code')
  @Answers(200, TemplateOut)
  get(@Scope() scope: PlatformScope, @Param('template_code') template_code: string) {
    return this.templates.get(scope, template_code);
  }

  @Post()
  @Audited('template.created')
  @Answers(201, TemplateOut, 'unknown_module', 'unknown_setting', 'unknown_plan', 'invalid_state')
  create(@Scope() scope: PlatformScope, @In() body: TemplateIn) {
    return this.templates.create(scope, body);
  }

  @Patch(':template_code')
  @Audited('template.updated')
  @Answers(200, TemplateOut, 'unknown_module', 'unknown_setting', 'unknown_plan', 'template_in_use', 'precondition_failed')
  update(
    @Scope() scope: PlatformScope,
    @Param('template_code') template_code: string,
    @In() body: TemplatePatch,
    @IfMatch() version: number | null,
  ) {
    return this.templates.update(scope, template_code, body, version);
  }

  @Delete(':template_code')
  @Audited('template.deleted')
  @Answers(204, null, 'template_in_use')
  remove(@Scope() scope: PlatformScope, @Param('template_code') template_code: string) {
    return this.templates.remove(scope, template_code);
  }
}
